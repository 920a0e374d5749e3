// A database that speaks CouchDB's protocol, in memory. Says its port.
import express from "express";
import expressPouch from "express-pouchdb";
import memory from "pouchdb-adapter-memory";
import PouchDB from "pouchdb-node";

const Memory = PouchDB.plugin(memory).defaults({ adapter: "memory" });
const app = express();
app.use("/", expressPouch(Memory, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: "/dev/null" }));
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
