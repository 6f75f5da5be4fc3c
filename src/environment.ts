/** The environment variables that a command sees. */
export type Environment = Readonly<{ [name: string]: string | undefined }>;
