// Bun, and what is linked into it: what it lists in its LICENSE.md and, with their versions, in
// `process.versions`; a test compares the latter with the pinned Bun. The copyright lines name the
// holders; word for word they are in each project's own licence file.

/**
 * @typedef {object} Inside
 * @property {string} name
 * @property {string} licence an SPDX expression
 * @property {string} [copyright]
 * @property {readonly [key: string, version: string]} [version] in `process.versions`; a release or a commit
 */

/** @type {readonly Inside[]} */
export const insideBun = [
  inside('Bun', 'MIT', 'Copyright (c) Oven and Bun’s contributors', ['bun', '1.4.5']),
  inside(
    'JavaScriptCore and WebKit',
    'LGPL-2.0-or-later AND LGPL-2.1-or-later AND BSD-2-Clause',
    'Copyright (C) Apple Inc. and WebKit’s contributors',
    ['webkit', 'd6375c72affe0f70222cdcb45012b10f0bf3a9d5'],
  ),
  inside('acorn, assert, buffer, util and other stand-ins for Node’s modules', 'MIT'),
  inside('BoringSSL', 'Apache-2.0 AND ISC AND OpenSSL', 'Copyright (c) Google Inc. and others', [
    'boringssl',
    'fe703e9faa3bfd22b04eb192066856557b7e015c',
  ]),
  inside('Brotli', 'MIT', 'Copyright (c) 2013-2015 by the Brotli Authors'),
  inside('c-ares', 'MIT', 'Copyright (c) 2007-2023, Daniel Stenberg with many contributors', [
    'ares',
    '0b88066f79ac9745d6819899f1794df91b73c873',
  ]),
  inside('esbuild, of which Bun’s parsers are a port', 'MIT', 'Copyright (c) 2020 Evan Wallace'),
  inside('Highway', 'Apache-2.0', 'Copyright (c) The Highway Project Authors'),
  inside('ICU', 'Unicode-3.0', 'Copyright (C) 2016 and later: Unicode, Inc. and others', [
    'icu',
    '78.3',
  ]),
  inside('libarchive', 'BSD-2-Clause', 'Copyright (c) 2003-2018 Tim Kientzle and others', [
    'libarchive',
    '27cbc7827172698143e440801fc0ba39ccb4f1f5',
  ]),
  inside(
    'libbase64',
    'BSD-2-Clause',
    'Copyright (c) 2005-2007 Nick Galbreath, 2015-2017 Wojciech Mula, 2016-2017 Matthieu Darbois, ' +
      '2013-2022 Alfred Klomp',
  ),
  inside('libc++abi', 'Apache-2.0 WITH LLVM-exception', 'Copyright (c) the LLVM Project'),
  inside('libdeflate', 'MIT', 'Copyright 2016 Eric Biggers', [
    'libdeflate',
    '92e6a0db9fa848d742f9eb286c92afc60f2c3dda',
  ]),
  inside(
    'libjpeg-turbo',
    'BSD-3-Clause AND IJG AND Zlib',
    'Copyright (C) 1991-2026 The libjpeg-turbo Project and many others. This software is based in ' +
      'part on the work of the Independent JPEG Group.',
  ),
  inside('libspng', 'BSD-2-Clause', 'Copyright (c) 2018-2021, Randy <randy408@protonmail.com>'),
  inside('libuv', 'MIT', 'Copyright (c) 2015-present libuv project contributors; Joyent, Inc.'),
  inside('libwebp', 'BSD-3-Clause', 'Copyright (c) 2010, Google Inc.'),
  inside('llhttp', 'MIT', 'Copyright Fedor Indutny, 2018', ['llhttp', '9.4.4']),
  inside('lol-html', 'BSD-3-Clause', 'Copyright (C) 2019, Cloudflare, Inc. and Ivan Nikulin', [
    'lolhtml',
    '725ce499aa9b71e38b7a2d0a9fbb6d7294a4079e',
  ]),
  inside('ls-hpack', 'MIT', 'Copyright (c) 2018 LiteSpeed Technologies Inc', [
    'lshpack',
    'cf0f70dd10b352194c97448eb5d00b4aa484f531',
  ]),
  inside('ls-qpack', 'MIT', 'Copyright (c) 2018-2021 LiteSpeed Technologies Inc'),
  inside(
    'lsquic',
    'MIT AND BSD-3-Clause',
    'Copyright (c) 2017-2018 LiteSpeed Technologies Inc; parts: The Chromium Authors',
  ),
  inside('mimalloc', 'MIT', 'Copyright (c) Microsoft Corporation, Daan Leijen', [
    'mimalloc',
    '92ef6587c57b262f6e6abf513f7776a2f8d12aeb',
  ]),
  inside(
    'picohttpparser',
    'MIT',
    'Copyright (c) 2009-2014 Kazuho Oku, Tokuhiro Matsuno, Daisuke Murase, Shigeo Mitsunari',
    ['picohttpparser', 'f4d94b48b31e0abae029ebeafcfd9ca0680ede58'],
  ),
  inside('simdutf', 'Apache-2.0', 'Copyright (c) The simdutf authors'),
  inside('SQLite', 'blessing', 'in the public domain', ['sqlite', '3.54.1']),
  inside('TigerBeetle, its I/O', 'Apache-2.0', 'Copyright (c) TigerBeetle, Inc.'),
  inside('TinyCC', 'LGPL-2.1-or-later', 'Copyright (c) 2001-2004 Fabrice Bellard and others', [
    'tinycc',
    '05f0fafaa3be31e31d7b4b5c17dc60f62c991171',
  ]),
  inside('uSockets and uWebSockets', 'Apache-2.0', 'Copyright (c) Alex Hultman', [
    'uwebsockets',
    'a7733435cf40429e3b35c36072769df2052b80f1',
  ]),
  inside('uucode', 'MIT', 'Copyright (c) Jacob Sandlund'),
  inside('Zig, its standard library', 'MIT', 'Copyright (c) Zig contributors', [
    'zig',
    '04e7f6ac1e009525bc00934f20199c68f04e0a24',
  ]),
  inside('zlib-ng', 'Zlib', '(C) 1995-2025 Jean-loup Gailly and Mark Adler', [
    'zlib',
    '12731092979c6d07f42da27da673a9f6c7b13586',
  ]),
  inside(
    'Zstandard',
    'BSD-3-Clause',
    'Copyright (c) 2016-2022, Meta Platforms, Inc. and affiliates',
    ['zstd', 'f8745da6ff1ad1e7bab384bd1f9d742439278e99'],
  ),
];

function inside(name, licence, copyright, version) {
  return { name, licence, copyright, version };
}
