//! Devices and their office, as people have them: the same code as in a browser, over stores in memory and a real server. One programme:
//! what all of them compile is compiled once.

mod common;
mod rig;

mod carrying;
mod cuts;
mod desk;
mod earlier_versions;
mod exports;
mod faults;
mod interleavings;
mod later;
mod library;
mod memory;
mod missions;
mod notebook;
mod partner;
mod purges;
mod renewing;
mod responses;
mod sending;
mod shares;
mod story;
mod team;
mod views;
