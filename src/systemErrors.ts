/** What the system's error codes mean, for those that people meet; errno(3). */
const reasons: { readonly [code: string]: string } = {
  EACCES: 'permission denied',
  EBUSY: 'something else is using it',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file stands where a folder is needed',
  EFBIG: 'the file would be larger than is allowed',
  EINVAL: 'it is not possible there',
  EIO: 'the disk answers with an error',
  EISDIR: 'it is a folder',
  ELOOP: 'too many links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the path is too long',
  ENFILE: 'too many open files on this machine',
  ENODEV: 'there is no such device',
  ENOENT: 'no such file or folder',
  ENOEXEC: 'it is no program',
  ENOMEM: 'the machine has no memory left',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  ENXIO: 'it is a socket, or a device with nothing behind it',
  EPERM: 'not permitted',
  EPIPE: 'nobody reads it any more',
  EROFS: 'the file system is read-only',
  ETIMEDOUT: 'it did not answer in time',
  ETXTBSY: 'it is a program that is running',
  EXDEV: 'it is on another file system',
  // Not the system's: `namedFile.ts`.
  PIPE: 'it is a pipe, and a file is needed',
  TOO_LARGE: 'it holds more than belongs there',
};

/** In words; a code that isn't known as it is. */
export function reasonOf(code: string | undefined): string {
  return code === undefined ? 'unknown' : (reasons[code] ?? code);
}
