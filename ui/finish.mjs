// After the build: the receipt faces and style for Python, and the hash that tells a page it is outdated.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const out = '../src/paybooth/_ui';
const faces = 'node_modules/@fontsource/noto-sans-sc';
mkdirSync(join(out, 'fonts'), { recursive: true });
for (const weight of [400, 700]) {
  const name = `noto-sans-sc-chinese-simplified-${weight}-normal.woff`;
  copyFileSync(join(faces, 'files', name), join(out, 'fonts', `receipt-${weight}.woff`));
}
copyFileSync(join(faces, 'LICENSE'), join(out, 'fonts', 'LICENSE-noto-sans-sc.txt'));
mkdirSync(join(out, 'receipt'), { recursive: true });
copyFileSync(join('receipt', 'receipt.css'), join(out, 'receipt', 'receipt.css'));

const skip = new Set(['node_modules', '.vite']);
function files(folder) {
  return readdirSync(folder)
    .filter((name) => !skip.has(name))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? files(path) : [path];
    });
}
const hash = createHash('sha256');
for (const path of [...files('.'), ...files('../src/paybooth/locales')]) {
  hash.update(path.replace(/^\.\.\/src/, 'src')).update(readFileSync(path));
}
writeFileSync(join(out, 'build.json'), `${JSON.stringify({ build: hash.digest('hex').slice(0, 16) })}\n`);
