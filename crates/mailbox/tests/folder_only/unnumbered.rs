//! What PostgreSQL's constraints don't let happen, and a damaged file of SQLite's may hold.

use vigie_mailbox::{checking::check, mailbox::now};

use crate::common::{World, bundle_id, put, wait};

#[test]
fn a_letter_whose_number_is_not_in_the_feed_is_found_by_a_check() {
    let world = World::new();
    let letter = put(b"a letter", &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(letter).status, 201);
    world
        .ground
        .change_rows("DELETE FROM feed WHERE what = 'bundle'");
    let checked = wait(check(&world.ground.place())).expect("checked");
    let faults: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    let letter = bundle_id(b"a letter");
    assert_eq!(
        faults,
        [format!("the number of {letter} is not in the feed")]
    );
}
