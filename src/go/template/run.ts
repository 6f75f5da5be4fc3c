/** Carries a parsed Go template out, as text/template's exec.go does with the same values. */

import { sprint } from './fmt.ts';
import { type GoFunction, printed, templateFunctions } from './functions.ts';
import { timeMethod } from './times.ts';
import type { Command, Node, Operand, Pipe, Trees } from './tree.ts';
import { type GoValue, goInt, isTrue, none, TemplateError, typeOf } from './values.ts';

interface Variable {
  readonly name: string;
  value: GoValue;
}

interface State {
  readonly trees: Trees;
  readonly out: string[];
  readonly variables: Variable[];
  readonly depth: number;
}

/** Go's limit is higher; a template of a release that calls itself this often never ends. */
const deepest = 500;

/** What the last argument of a pipe's command is; nothing for its first one. */
type Piped = GoValue | undefined;

/** @throws TemplateError */
export function runTemplate(trees: Trees, root: GoValue): string {
  const out: string[] = [];
  const state: State = { trees, out, variables: [{ name: '$', value: root }], depth: 0 };
  walkAll(trees.main, root, state);
  return out.join('');
}

type Control = Extract<Node, { readonly pipe: Pipe; readonly body: readonly Node[] }>;

type Left = 'break' | 'continue' | undefined;

function walkAll(nodes: readonly Node[], dot: GoValue, state: State): Left {
  for (const node of nodes) {
    const left = walk(node, dot, state);
    if (left) return left;
  }
  return undefined;
}

function walk(node: Node, dot: GoValue, state: State): Left {
  switch (node.is) {
    case 'text':
      state.out.push(node.text);
      return undefined;
    case 'break':
    case 'continue':
      return node.is;
    case 'print': {
      const value = evaluate(node.pipe, dot, state);
      if (node.pipe.variables.length === 0) state.out.push(sprint([printed(value)]));
      return undefined;
    }
    case 'template':
      callTemplate(node.name, node.pipe ? evaluate(node.pipe, dot, state) : none, state);
      return undefined;
    default: {
      const outside = state.variables.length;
      const left = walkControl(node, dot, state);
      state.variables.length = outside;
      return left;
    }
  }
}

function walkControl(node: Control, dot: GoValue, state: State): Left {
  const value = evaluate(node.pipe, dot, state);
  if (node.is === 'range') return walkRange(node, value, dot, state);
  if (!isTrue(value)) return walkAll(node.otherwise, dot, state);
  return walkAll(node.body, node.is === 'with' ? value : dot, state);
}

function walkRange(
  { pipe, body, otherwise }: Control,
  value: GoValue,
  dot: GoValue,
  state: State,
): Left {
  const inside = state.variables.length;
  let some = false;
  for (const [key, item] of itemsOf(value, pipe)) {
    some = true;
    setLoopVariables(pipe, key, item, inside, state);
    const left = walkAll(body, item, state);
    state.variables.length = inside;
    if (left === 'break') break;
  }
  return some ? undefined : walkAll(otherwise, dot, state);
}

/** With two variables the key comes first; one is the item. */
function setLoopVariables(
  { variables, assigns }: Pipe,
  key: GoValue,
  item: GoValue,
  inside: number,
  state: State,
): void {
  const values = variables.length > 1 ? [key, item] : [item];
  for (const [i, name] of variables.entries()) {
    const value = values[i] ?? none;
    const own = state.variables[inside - variables.length + i];
    if (assigns) assign(name, value, state);
    else if (own) own.value = value;
  }
}

function* itemsOf(value: GoValue, pipe: Pipe): Generator<readonly [GoValue, GoValue]> {
  if (value.is === 'none') return;
  if (value.is === 'list')
    yield* value.items.map((item, i): [GoValue, GoValue] => [goInt(i), item]);
  else if (value.is === 'bytes')
    for (const [i, byte] of value.value.entries()) yield [goInt(i), goInt(byte, 'uint8')];
  else if (value.is === 'map')
    for (const [key, item] of value.entries)
      yield [{ is: 'string', type: 'string', value: key }, item];
  else if (value.is === 'int') {
    if (pipe.variables.length > 1)
      throw new TemplateError(`can't use ${value.value} to iterate over more than one variable`);
    for (let i = 0n; i < value.value; i++) yield [goInt(i), goInt(i, value.type)];
  } else throw new TemplateError(`range can't iterate over a value of type ${typeOf(value)}`);
}

function callTemplate(name: string, dot: GoValue, state: State): void {
  const nodes = state.trees.defined.get(name) ?? (name === '_' ? state.trees.main : undefined);
  if (!nodes) throw new TemplateError(`template "${name}" not defined`);
  const depth = state.depth + 1;
  if (depth > deepest) throw new TemplateError(`template "${name}" calls itself without end`);
  walkAll(nodes, dot, { ...state, variables: [{ name: '$', value: dot }], depth });
}

function evaluate({ commands, variables, assigns }: Pipe, dot: GoValue, state: State): GoValue {
  const value = commands.reduce<Piped>(
    (piped, command) => untyped(evaluateCommand(command, piped, dot, state)),
    undefined,
  );
  for (const name of variables) {
    if (assigns) assign(name, value ?? none, state);
    else state.variables.push({ name, value: value ?? none });
  }
  return value ?? none;
}

/** A pipe takes an interface's value out, so that nothing is left of a nil one. */
function untyped(value: GoValue): GoValue {
  return value.is === 'nil' && value.type === 'interface {}' ? none : value;
}

function assign(name: string, value: GoValue, state: State): void {
  const variable = state.variables.findLast((one) => one.name === name);
  if (!variable) throw new TemplateError(`undefined variable: ${name}`);
  variable.value = value;
}

function evaluateCommand(command: Command, piped: Piped, dot: GoValue, state: State): GoValue {
  const [first, ...rest] = command;
  const call: Call = { args: rest, piped, dot, state };
  if (first.is === 'field') return located(first, () => follow(dot, first.path, call));
  if (first.is === 'variable' && first.path.length > 0)
    return located(first, () => follow(variableOf(first.name, state), first.path, call));
  if (first.is === 'chain')
    return located(first, () => follow(argument(first.from, dot, state), first.path, call));
  if (first.is === 'function') return located(first, () => callFunction(first.name, call));
  if (rest.length > 0 || piped)
    throw new TemplateError(`can't give argument to non-function ${first.text}`);
  if (first.is === 'nil') throw new TemplateError('nil is not a command');
  return argument(first, dot, state);
}

interface Call {
  readonly args: readonly Operand[];
  readonly piped: Piped;
  readonly dot: GoValue;
  readonly state: State;
}

/** Says where in the template it was. */
function located(at: Operand, work: () => GoValue): GoValue {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError) || error.message.startsWith('at <')) throw error;
    throw new TemplateError(`at <${at.text}>: ${error.message}`, error.why);
  }
}

function argument(operand: Operand, dot: GoValue, state: State): GoValue {
  const bare: Call = { args: [], piped: undefined, dot, state };
  switch (operand.is) {
    case 'dot':
      return dot;
    case 'nil':
      return none;
    case 'constant':
      return operand.value;
    case 'pipe':
      return evaluate(operand.pipe, dot, state);
    case 'variable':
      return located(operand, () => follow(variableOf(operand.name, state), operand.path, bare));
    case 'field':
      return located(operand, () => follow(dot, operand.path, bare));
    case 'chain':
      return located(operand, () => follow(argument(operand.from, dot, state), operand.path, bare));
    case 'function':
      return located(operand, () => callFunction(operand.name, bare));
  }
}

function variableOf(name: string, state: State): GoValue {
  const variable = state.variables.findLast((one) => one.name === name);
  if (!variable) throw new TemplateError(`undefined variable: ${name}`);
  return variable.value;
}

function callFunction(name: string, call: Call): GoValue {
  const { args, piped, dot, state } = call;
  const found = templateFunctions.get(name);
  if (!found) throw new TemplateError(`"${name}" is not a defined function`);
  checkCount(name, found, args.length + (piped ? 1 : 0));
  if (name === 'and' || name === 'or') {
    let value: GoValue = none;
    for (const arg of args) {
      value = untyped(argument(arg, dot, state));
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped ?? value;
  }
  const values = args.map((arg) => untyped(argument(arg, dot, state)));
  try {
    return found.call(piped ? [...values, piped] : values);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TemplateError(`error calling ${name}: ${error.message}`);
  }
}

function checkCount(name: string, { least, most }: GoFunction, count: number): void {
  if (count >= least && count <= (most ?? Number.POSITIVE_INFINITY)) return;
  const want = most === undefined ? `at least ${least}` : `${least}`;
  throw new TemplateError(`wrong number of args for ${name}: want ${want} got ${count}`);
}

/** Fields one after the other; the last may be a method, which gets the arguments. */
function follow(from: GoValue, path: readonly string[], call: Call): GoValue {
  return path.reduce((value, name, i) => {
    const last = i === path.length - 1;
    return fieldOf(value, name, last ? call : { ...call, args: [], piped: undefined });
  }, from);
}

function fieldOf(value: GoValue, name: string, call: Call): GoValue {
  const { args, piped, dot, state } = call;
  if (value.is === 'none') return none;
  if (value.is === 'nil') {
    throw new TemplateError(`nil pointer evaluating ${value.type}.${name}`);
  }
  const hasArgs = args.length > 0 || piped !== undefined;
  if (value.is === 'time') {
    const values = args.map((arg) => untyped(argument(arg, dot, state)));
    const found = timeMethod(value, name, piped ? [...values, piped] : values);
    if (found) return found;
  }
  if (value.is === 'struct') {
    const method = value.methods.get(name);
    if (method) {
      checkCount(name, { least: 0, most: 0, call: method }, args.length + (piped ? 1 : 0));
      return method();
    }
    const field = value.fields.get(name);
    if (field) {
      if (hasArgs)
        throw new TemplateError(`${name} has arguments but cannot be invoked as function`);
      return field();
    }
  }
  if (value.is === 'map') {
    if (hasArgs) throw new TemplateError(`${name} is not a method but has arguments`);
    return value.entries.get(name) ?? none;
  }
  if (name === 'String' && value.is === 'string' && value.type !== 'string')
    return { is: 'string', type: 'string', value: value.value };
  const names = value.is === 'struct' ? [...value.fields.keys(), ...value.methods.keys()] : [];
  throw new TemplateError(
    `can't evaluate field ${name} in type ${typeOf(value)}`,
    names.length > 0 ? `it has ${names.join(', ')}` : undefined,
  );
}
