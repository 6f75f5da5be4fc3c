/** Between what arrives by itself and whoever takes it in turn. */
export interface Queue<T> {
  /** @returns a promise while so much waits that no more should come */
  put(item: T, bytes: number): Promise<void> | undefined;
  /** Resolves when more should come. */
  room(): Promise<void>;
  /** Nothing more comes. */
  end(): void;
  /** `taken` throws this after all that came before it. */
  fail(error: unknown): void;
  /** Everything in its order, until the end; for one taker. */
  taken(): AsyncGenerator<T>;
}

/** @param most bytes that may wait */
export function openQueue<T>(most: number): Queue<T> {
  const waiting: { readonly item: T; readonly bytes: number }[] = [];
  let held = 0;
  let over: { readonly error?: unknown; readonly failed: boolean } | undefined;
  let wakeTaker = () => {};
  let freed: PromiseWithResolver | undefined;

  function finish(how: typeof over): void {
    over ??= how;
    wakeTaker();
  }

  function room(): Promise<void> {
    if (held <= most) return Promise.resolve();
    freed ??= withResolver();
    return freed.promise;
  }

  return {
    put(item, bytes) {
      waiting.push({ item, bytes });
      held += bytes;
      wakeTaker();
      return held > most ? room() : undefined;
    },
    room,
    end: () => finish({ failed: false }),
    fail: (error) => finish({ error, failed: true }),
    async *taken() {
      for (;;) {
        const first = waiting.shift();
        if (first) {
          held -= first.bytes;
          if (held <= most) {
            freed?.resolve();
            freed = undefined;
          }
          yield first.item;
        } else if (over?.failed) throw over.error;
        else if (over) return;
        else
          await new Promise<void>((resolve) => {
            wakeTaker = resolve;
          });
      }
    },
  };
}

interface PromiseWithResolver {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function withResolver(): PromiseWithResolver {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
