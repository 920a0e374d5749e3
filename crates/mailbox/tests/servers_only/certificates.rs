//! Servers have no folder of their own.

use vigie_mailbox::{
    serve::Server,
    tls::{Acme, DIRECTORY, Tls},
};

use crate::common::{Ground, on, wait};

#[test]
fn where_a_certificate_is_kept_is_asked_for_when_there_is_no_data_folder() {
    let ground = Ground::fresh();
    let mut config = on(&ground);
    config.tls = Some(Tls::Acme(Acme {
        domains: vec!["vigie.test".to_owned()],
        contact: "office@vigie.test".to_owned(),
        directory: DIRECTORY.to_owned(),
        ca: None,
        cache: None,
    }));
    let refused = wait(Server::open(config)).err().expect("refused");
    assert!(refused.to_string().contains("--acme-cache"), "{refused}");
}
