// Serves the files of a folder as a good server does: compressed beforehand, connections kept. Argument: the folder. Says its port.
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const [folder] = process.argv.slice(2);
const KINDS = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".xml": "text/xml" };
const named = readdirSync(folder).filter((name) => KINDS[extname(name)]);
const files = new Map(named.map((name) => [`/${name}`, brotliCompressSync(readFileSync(join(folder, name)))]));

const server = createServer((request, response) => {
  const body = files.get(request.url);
  if (!body) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": KINDS[extname(request.url)], "content-encoding": "br", "content-length": body.length }).end(body);
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
