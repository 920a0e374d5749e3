//! A client against a server that verifies every signature with its own clock, in memory.

use std::cell::RefCell;

use futures::executor::block_on;
use vigie_exchange::{
    CardAnswer, Client, ExchangeError, Method, Request, Response, Transport, Unreachable,
    api::{self, Code, Problem},
    request::body_hash,
};
use vigie_model::{BundleId, InviteId, MissionId, Timestamp};
use vigie_sign::SigningKey;

const SERVER_NOW: Timestamp = Timestamp(1_795_000_000_000);
const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;

fn mission() -> MissionId {
    "0191c2d4-5b6e-4c7a-8f90-a1b2c3d4e5f6"
        .parse()
        .expect("a mission id")
}

/// Answers signed requests with `answer`, refuses others as the real server does, and remembers what it was sent.
struct Server<F> {
    answer: F,
    seen: RefCell<Vec<Request>>,
}

impl<F: Fn(&Request) -> Response> Server<F> {
    fn new(answer: F) -> Server<F> {
        Server {
            answer,
            seen: RefCell::default(),
        }
    }

    fn client(&self, key: u8) -> Client<&Server<F>> {
        Client::new(
            self,
            "https://vigie.example/",
            SigningKey::from_bytes([key; 32]),
        )
    }
}

impl<F: Fn(&Request) -> Response> Transport for Server<F> {
    async fn send(&self, base: &str, request: Request) -> Result<Response, Unreachable> {
        assert_eq!(base, "https://vigie.example");
        self.seen.borrow_mut().push(request.clone());
        Ok(match request.verify(SERVER_NOW) {
            Ok(_) => (self.answer)(&request),
            Err(refusal) => problem(&Problem::from(refusal)),
        })
    }
}

fn problem(problem: &Problem) -> Response {
    json(
        problem.status,
        &serde_json::to_value(problem).expect("serialises"),
    )
}

fn json(status: u16, body: &serde_json::Value) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

fn state(request: &Request) -> Response {
    assert_eq!(
        (request.method, request.path.as_str()),
        (Method::Get, "/v1/state")
    );
    let device = SigningKey::from_bytes([1; 32]).device();
    json(
        200,
        &serde_json::json!({"device": device, "mission": mission(), "bundles": [], "now": SERVER_NOW}),
    )
}

#[test]
fn a_device_whose_clock_is_a_year_wrong_is_heard_at_the_second_try_and_at_the_first_from_then_on() {
    for wrong in [YEAR_MS, -YEAR_MS, i64::MAX - SERVER_NOW.0] {
        let server = Server::new(state);
        let client = server.client(1);
        let now = Timestamp(SERVER_NOW.0.saturating_add(wrong));
        block_on(client.state(now)).expect("sent again with the server's time");
        assert_eq!(server.seen.borrow().len(), 2);
        assert_eq!(client.clock_offset(), SERVER_NOW.0.saturating_sub(now.0));
        block_on(client.state(now)).expect("sent with the offset");
        assert_eq!(server.seen.borrow().len(), 3);
        let later = server.client(1).with_clock_offset(client.clock_offset());
        block_on(later.state(now)).expect("the offset was kept");
        assert_eq!(server.seen.borrow().len(), 4);
    }
}

#[test]
fn a_server_that_never_likes_our_clock_is_asked_twice_only() {
    let server = Server::new(|_: &Request| problem(&Problem::new(Code::Clock).at(SERVER_NOW)));
    let refused = block_on(server.client(1).state(SERVER_NOW)).expect_err("refused");
    assert_eq!(refused.code(), Some(&Code::Clock));
    assert_eq!(server.seen.borrow().len(), 2);
}

#[test]
fn a_captive_portal_that_says_200_is_not_believed() {
    let portal = Server::new(|_: &Request| Response {
        status: 200,
        body: b"<html>Sign in".to_vec(),
        ..Response::default()
    });
    let client = portal.client(1);
    let foreign = |status| ExchangeError::Foreign { status };
    let sealed = b"sealed".to_vec();
    let bundle = BundleId(body_hash(&sealed));
    assert_eq!(
        block_on(client.put_bundle(&bundle, &mission(), sealed, SERVER_NOW)),
        Err(foreign(200))
    );
    assert_eq!(
        block_on(client.bundle(&bundle, SERVER_NOW)),
        Err(foreign(200))
    );
    assert_eq!(
        block_on(client.card(&mission(), None, SERVER_NOW)),
        Err(foreign(200))
    );
    assert_eq!(block_on(client.state(SERVER_NOW)), Err(foreign(200)));
}

#[test]
fn a_receipt_for_other_bytes_than_were_sent_is_not_believed() {
    let sealed = b"sealed".to_vec();
    let bundle = BundleId(body_hash(&sealed));
    let answer = |bundle: BundleId, size: u64| {
        let server = Server::new(move |request: &Request| {
            assert_eq!(
                request.path,
                format!(
                    "/v1/bundles/{}?mission={}",
                    BundleId(body_hash(b"sealed")),
                    mission()
                )
            );
            json(
                201,
                &serde_json::json!({"bundle": bundle, "stored": SERVER_NOW, "size": size}),
            )
        });
        block_on(server.client(1).put_bundle(
            &BundleId(body_hash(b"sealed")),
            &mission(),
            b"sealed".to_vec(),
            SERVER_NOW,
        ))
    };
    assert_eq!(
        answer(bundle, 6),
        Ok(api::Stored {
            bundle,
            stored: SERVER_NOW,
            size: 6
        })
    );
    assert_eq!(
        answer(BundleId([0; 32]), 6),
        Err(ExchangeError::Foreign { status: 201 })
    );
    assert_eq!(
        answer(bundle, 5),
        Err(ExchangeError::Foreign { status: 201 })
    );
}

#[test]
fn a_draft_is_put_under_the_key_that_signs_and_an_answer_about_another_revision_is_not_believed() {
    let server = Server::new(|request: &Request| {
        let draft = SigningKey::from_bytes([1; 32]).device();
        let invite = InviteId([3; 32]);
        let path = format!("/v1/drafts/{draft}?invite={invite}&rev=4&days=7");
        assert_eq!((request.method, &request.path), (Method::Put, &path));
        let rev = u32::from(*request.body.first().expect("a body"));
        let answer = serde_json::json!({"rev": rev, "expires": 9, "now": SERVER_NOW});
        json(201, &answer)
    });
    let client = server.client(1);
    let put = |byte| client.put_draft(&InviteId([3; 32]), 4, 7, vec![byte], SERVER_NOW);
    let kept = api::DraftKept {
        rev: 4,
        expires: Timestamp(9),
        now: SERVER_NOW,
    };
    assert_eq!(block_on(put(4)), Ok(kept));
    assert_eq!(
        block_on(put(3)),
        Err(ExchangeError::Foreign { status: 201 })
    );
}

#[test]
fn retry_after_is_read_beside_the_problem() {
    let server = Server::new(|_: &Request| {
        let mut response = problem(&Problem::new(Code::Busy));
        response.headers.push(("Retry-After".into(), "7".into()));
        response
    });
    let busy = block_on(server.client(1).feed(0, 10, SERVER_NOW));
    assert_eq!(
        busy,
        Err(ExchangeError::Problem {
            problem: Problem::new(Code::Busy),
            retry_after_ms: Some(7_000)
        })
    );
}

#[test]
fn a_card_comes_with_its_revision_or_not_at_all() {
    let server = Server::new(|request: &Request| {
        let known = request
            .headers
            .iter()
            .find(|(name, _)| name == "if-none-match")
            .map(|(_, value)| value.as_str());
        match known {
            Some("\"3\"") => Response {
                status: 304,
                ..Response::default()
            },
            _ => Response {
                status: 200,
                headers: vec![("etag".into(), "W/\"3\"".into())],
                body: b"card".to_vec(),
            },
        }
    });
    let card = |known| block_on(server.client(1).card(&mission(), known, SERVER_NOW));
    let newest = || {
        Ok(CardAnswer::Card {
            rev: 3,
            sealed: b"card".to_vec(),
        })
    };
    assert_eq!(card(None), newest());
    assert_eq!(card(Some(2)), newest());
    assert_eq!(card(Some(3)), Ok(CardAnswer::Unchanged));
}

#[test]
fn nothing_but_what_has_no_key_yet_goes_unsigned() {
    let server = Server::new(|_: &Request| Response {
        status: 200,
        body: b"{}".to_vec(),
        ..Response::default()
    });
    let client = server.client(1);
    let invite = vigie_model::InviteId([3; 32]);
    let _ = block_on(client.health(SERVER_NOW));
    let _ = block_on(client.invite(&invite, SERVER_NOW));
    let _ = block_on(client.set_up_office("token", "Fédération", SERVER_NOW));
    assert!(
        server
            .seen
            .borrow()
            .iter()
            .all(|request| request.verify(SERVER_NOW).is_err())
    );
    server.seen.borrow_mut().clear();
    let _ = block_on(client.put_invite(
        &invite,
        &api::PutInvite {
            replaces: false,
            mission: None,
            partner: false,
            uses: 1,
            expires: SERVER_NOW,
            sealed: api::Base64(vec![]),
        },
        SERVER_NOW,
    ));
    let _ = block_on(client.put_card(&mission(), 1, vec![1], SERVER_NOW));
    let _ = block_on(client.put_doc(vec![1], SERVER_NOW));
    let _ = block_on(client.docs(0, SERVER_NOW));
    let _ = block_on(client.post_receipts(vec![], SERVER_NOW));
    let _ = block_on(client.receipts(0, SERVER_NOW));
    let _ = block_on(client.put_draft(&invite, 1, 7, vec![1], SERVER_NOW));
    let _ = block_on(client.draft(SERVER_NOW));
    let _ = block_on(client.delete_draft(SERVER_NOW));
    assert_eq!(server.seen.borrow().len(), 9);
    assert!(
        server
            .seen
            .borrow()
            .iter()
            .all(|request| request.verify(SERVER_NOW).is_ok())
    );
}

/// Breaks the first connections, then answers.
struct Breaking {
    breaks: RefCell<usize>,
    why: &'static str,
    seen: RefCell<Vec<Request>>,
}

impl Transport for Breaking {
    async fn send(&self, _base: &str, request: Request) -> Result<Response, Unreachable> {
        self.seen.borrow_mut().push(request.clone());
        let mut left = self.breaks.borrow_mut();
        if *left > 0 {
            *left -= 1;
            return Err(Unreachable(self.why.into()));
        }
        Ok(Response {
            status: 200,
            body: b"{}".to_vec(),
            ..Response::default()
        })
    }
}

#[test]
fn what_may_happen_twice_is_sent_once_more_when_its_connection_breaks_and_signed_anew() {
    let key = SigningKey::from_bytes([1; 32]);
    let enrol = api::Enrol {
        invite: InviteId([3; 32]),
        device: key.device(),
        proof: api::Hex([7; 32]),
        name_box: api::Base64(Vec::new()),
    };
    let tries = |breaks: usize, why: &'static str, ask: &dyn Fn(&Client<&Breaking>)| {
        let line = Breaking {
            breaks: RefCell::new(breaks),
            why,
            seen: RefCell::default(),
        };
        ask(&Client::new(&line, "https://vigie.example", key.clone()));
        line.seen.into_inner()
    };
    let get = |client: &Client<&Breaking>| drop(block_on(client.state(SERVER_NOW)));
    let put = |client: &Client<&Breaking>| drop(block_on(client.put_doc(vec![1], SERVER_NOW)));
    let enrolling = |client: &Client<&Breaking>| drop(block_on(client.enrol(&enrol, SERVER_NOW)));
    let post =
        |client: &Client<&Breaking>| drop(block_on(client.post_receipts(vec![], SERVER_NOW)));
    let unsigned = |client: &Client<&Breaking>| drop(block_on(client.health(SERVER_NOW)));
    for ask in [&get as &dyn Fn(&Client<&Breaking>), &put, &enrolling] {
        let seen = tries(9, "reset", ask);
        assert_eq!(seen.len(), 2, "{seen:?}");
        let signature = |request: &Request| {
            let header = request
                .headers
                .iter()
                .find(|(name, _)| name == "vigie-signature");
            header.expect("signed").1.clone()
        };
        assert_ne!(signature(&seen[0]), signature(&seen[1]));
        assert!(seen[1].verify(SERVER_NOW).is_ok());
    }
    assert_eq!(tries(9, "reset", &unsigned).len(), 2);
    assert_eq!(
        tries(9, "reset", &post).len(),
        1,
        "what may not happen twice"
    );
    assert_eq!(
        tries(9, Unreachable::SILENCE, &get).len(),
        1,
        "it has waited long enough"
    );
}
