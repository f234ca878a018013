// A user at a terminal with a browser: runs a program there, says yes to every question, and follows every redirect of a
// page that the program opens.
//
//   node user.mjs PROGRAM ARGUMENT…
//
// Prints what the terminal showed, and exits as the program does. `script` of util-linux is the terminal.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Servers of the tests redirect at once, so a browser needs no more than this. The program splits it at the blanks.
const BROWSER = `${process.execPath} -e fetch(process.argv[1])`;

const quoted = (word) => `'${word.replaceAll("'", `'\\''`)}'`;
const plain = (text) => text.replaceAll(/\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;?]*[A-Za-z]/g, '');
const questions = (text) => plain(text).split('Continue?').length - 1;

// Returns the exit code of the program and what the terminal showed.
export function runAtTerminal(words, environment) {
  const command = words.map(quoted).join(' ');
  const env = { ...environment, TERM: 'xterm', SHELL: '/bin/sh', MYCLI_BROWSER: BROWSER };
  const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env });
  let shown = '';
  terminal.stdout.on('data', (data) => {
    const before = questions(shown);
    shown += data;
    if (questions(shown) > before) terminal.stdin.write('yes\r');
  });
  // A program that has ended reads no answer.
  terminal.stdin.on('error', () => {});
  return new Promise((resolve) => {
    terminal.on('close', (code) => resolve({ code, shown: plain(shown) }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code, shown } = await runAtTerminal(process.argv.slice(2), process.env);
  process.stdout.write(shown);
  process.exitCode = code;
}
