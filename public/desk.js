// Starts the office's page: a phone's page adds this script to itself where an office works (`src/lib.rs`).
import start from "/vigie-desk.js";

start({ module_or_path: "/vigie-desk_bg.wasm" });
