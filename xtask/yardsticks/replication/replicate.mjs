// A phone's records go to a server and from there to an office, by replication. Arguments: the records, the server. Says the milliseconds.
import { readFileSync } from "node:fs";
import memory from "pouchdb-adapter-memory";
import PouchDB from "pouchdb-node";

PouchDB.plugin(memory);
const [records, server] = process.argv.slice(2);
const phone = new PouchDB("phone", { adapter: "memory" });
const office = new PouchDB("office", { adapter: "memory" });
await phone.bulkDocs(JSON.parse(readFileSync(records, "utf8")));
const begun = performance.now();
await phone.replicate.to(`${server}/mission`);
await office.replicate.from(`${server}/mission`);
const took = performance.now() - begun;
const { doc_count: count } = await office.info();
console.log(JSON.stringify({ took, count }));
process.exit(0);
