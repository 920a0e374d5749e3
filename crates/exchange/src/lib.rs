//! What a device, the server and the office say to each other, and when a device says it again.
//!
//! - [`api`]: the body of every request and answer, with [`api::Problem`] for what goes wrong.
//! - [`request`]: one HTTP request as data, and the Ed25519 signature that says which key made it.
//! - [`client`]: [`Client`], a typed method for each address, over any [`Transport`].
//! - [`batch`]: several bundles in one answer.
//! - [`sending`]: what becomes of one sealed bundle, as a pure function of what happens to it.
//! - [`invites`]: what an office says again of an invite.
//! - [`split`]: which ops travel together.
//! - [`named`]: what a bundle's file is called.
//!
//! Nothing here opens a connection, reads a clock or draws a number: a [`Transport`] carries requests, a
//! [`vigie_model::Timestamp`] says the time, a [`vigie_model::Random`] gives the jitter.

pub mod api;
pub mod batch;
pub mod client;
pub mod invites;
pub mod named;
pub mod request;
pub mod sending;
pub mod split;

pub use client::{CardAnswer, Client, ExchangeError, Nobody, Transport, Unreachable};
pub use request::{Method, Request, Response};
pub use sending::Sending;
