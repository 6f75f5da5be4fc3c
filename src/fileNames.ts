/**
 * Names that somebody else chose, before one of them becomes the name of a file or a folder. Two questions:
 * would every file system keep it as it is, and would a program that a person starts in a fresh folder
 * obey what stands in it? `git status` runs what a `.git/config` says, without being asked to.
 */

/** The longest name that file systems take, in bytes. */
const longestName = 255;

/** A name as file systems compare it that tell neither capitals nor composed letters apart. */
export function folded(name: string): string {
  return name.normalize('NFKD').toUpperCase().toLowerCase();
}

/**
 * Names that Windows keeps for devices, with or without an extension:
 * https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
 */
export function isDevice(name: string): boolean {
  return /^(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9])[ ]*(\.|$)/.test(folded(name));
}

/**
 * @param name of one file or folder; what a terminal acts on isn't looked for here
 * @returns why it can't be written; undefined where it can
 */
export function unsafeName(name: string): string | undefined {
  if (Buffer.byteLength(name) > longestName) return 'its name is too long';
  // Drives, and streams of NTFS: `.git::$INDEX_ALLOCATION` is `.git`.
  if (/[<>:"|?*]/.test(name)) return 'its name holds a character that Windows keeps for itself';
  if (/[. ]$/.test(name)) return 'its name ends with a dot or a space, which Windows drops';
  if (isDevice(name)) return 'its name is a device of Windows';
  if (/^[^.]{1,6}~[0-9]+(\.|$)/.test(name))
    return 'its name is a short name of Windows: git~1 is .git';
  if (name.startsWith('-')) return 'its name would be taken for a flag';
  const who = obeyedBy(folded(name));
  return who && `its name is one that ${who}`;
}

/**
 * Hidden names are how programs are told what to do, and there are new ones every year; so all of them are
 * left out but these, which say nothing that is run.
 */
const harmlessHidden = [
  // What is left out, kept or how it is laid out. Git's attributes name only programs that the person's own
  // configuration defines.
  /^\.(helm|helmdocs|git|docker|npm|prettier)ignore$/,
  /^\.(gitattributes|gitkeep|keep|placeholder|editorconfig|yamllint(\.ya?ml)?)$/,
  // Only obeyed in somebody's home, or by a server that is told to serve the folder: charts hold them for
  // the containers.
  /^\.(bash(rc|_profile|_aliases|_login|_logout)|profile|zshrc|zshenv|zprofile|zlogin|inputrc)$/,
  /^\.(gitconfig|netrc|my\.cnf|pgpass|s3cfg|htaccess|htpasswd|dockercfg|dockerconfigjson)$/,
  // Patterns for people to copy.
  /^\.env\.(example|sample|template|dist)$/,
];

/** Names without a dot in front that are obeyed all the same. */
const obeyed: readonly (readonly [name: RegExp, who: string])[] = [
  // A folder with HEAD, objects and refs is a repository too, and has its own `config`; no such folder is
  // one without its HEAD (git's `is_git_directory`).
  [/^head$/, 'git takes a repository by'],
  [/^(cvs|_darcs|_fossil_|_mtn)$/, 'version control obeys'],
  [/^_(vimrc|exrc|gvimrc)$/, 'vim obeys on Windows'],
  [/^(mise(\.local)?|bunfig)\.toml$/, 'programs of this folder are started by'],
  [/^ansible\.cfg$/, 'ansible obeys'],
  [/^node_modules$/, 'Node runs programs from'],
  [/^(desktop\.ini|autorun\.inf|folder\.htt)$/, 'Windows obeys when the folder is opened'],
  // A link's icon may stand on somebody else's server, which is then sent the person's password hash.
  [
    /\.(lnk|scf|url|library-ms|search-ms|searchconnector-ms|desktop)$/,
    'desktops act on when the folder is opened',
  ],
  // cmd.exe looks into the folder before the PATH: `helm.exe` would be run for `helm`.
  [/\.(exe|com|bat|cmd|vbs|vbe|jse|wsf|wsh|msc|scr|pif|cpl|dll)$/, 'Windows runs for a command'],
];

/** @param name folded */
function obeyedBy(name: string): string | undefined {
  if (name.startsWith('.') && !harmlessHidden.some((harmless) => harmless.test(name)))
    return name === '.git' ? 'git obeys' : 'is hidden, as those that programs obey';
  return obeyed.find(([pattern]) => pattern.test(name))?.[1];
}
