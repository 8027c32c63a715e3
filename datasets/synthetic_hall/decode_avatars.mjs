// Makes plain GLB files of meshopt-compressed ones: node decode_avatars.mjs OUT_FOLDER IN.glb...
// Needs: npm install @gltf-transform/core @gltf-transform/extensions meshoptimizer
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { MeshoptDecoder } from 'meshoptimizer';

const [out, ...avatars] = process.argv.slice(2);
if (!out || avatars.length === 0) {
  console.error('usage: node decode_avatars.mjs OUT_FOLDER IN.glb...');
  process.exit(2);
}
await mkdir(out, { recursive: true });
await MeshoptDecoder.ready;
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({ 'meshopt.decoder': MeshoptDecoder });
for (const file of avatars) {
  const document = await io.read(file);
  for (const extension of document.getRoot().listExtensionsUsed()) {
    if (extension.extensionName === 'EXT_meshopt_compression') extension.dispose();
  }
  await io.write(path.join(out, path.basename(file)), document);
  console.log(path.basename(file));
}
