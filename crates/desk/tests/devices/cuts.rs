//! A line that is cut at every request of everything that a phone and a desk do with a server.
//!
//! The request is lost, or its answer is; the line comes back at once, or only after the person was told. Then she does it
//! again, or it goes on by itself: the end is the same as without a cut, at the phone, at the desk and at the server. The short
//! form takes one cut for each request in turn; `VIGIE_FAULTS_LONG=1` takes them all.

use crate::rig::{
    Cut, assert_same,
    count::{Count, asked, outcomes},
    operations::{DESK, Operation, PHONE, Scene},
    stage::Stage,
};
use serde_json::Value;

#[test]
fn wherever_the_line_of_a_phone_is_cut_the_end_is_the_same() {
    walk("line, phone", PHONE);
}

#[test]
fn wherever_the_line_of_a_desk_is_cut_the_end_is_the_same() {
    walk("line, desk", DESK);
}

fn walk(title: &'static str, operations: &[Operation]) {
    let stage = Stage::new();
    let mut count = Count::new(title);
    for (place, operation) in operations.iter().enumerate() {
        if !operation.online || !asked(operation.name) {
            continue;
        }
        let (mut end, mut points) = (Value::Null, 0);
        count.case("none", operation.name, || {
            let scene = Scene::new(&stage, operation);
            scene.act().expect("without a cut it is done");
            points = scene.me.plan.requests();
            scene.ready();
            end = scene.end();
        });
        count.operation(points);
        for point in 0..points {
            for &cut in outcomes(&Cut::ALL, place, point, points) {
                let what = format!(
                    "{}, request {} of {points}, {cut:?}",
                    operation.name,
                    point + 1
                );
                count.case(&format!("{cut:?}"), &what, || {
                    let mut scene = Scene::new(&stage, operation);
                    scene.me.plan.cut_at(point, cut);
                    let done = scene.act();
                    // Now and then the person closes it all before she tries again.
                    if point % 2 == 1 {
                        scene = scene.restarted();
                    }
                    scene.ready();
                    assert_same(
                        &scene.views(),
                        &scene.views_again(),
                        "memory, and the store",
                    );
                    if let Err(again) = scene.act() {
                        panic!("done again it fails: {again:?} (first {done:?})");
                    }
                    assert_same(&scene.end(), &end, "the end, and the end without a cut");
                });
            }
        }
    }
    count.end();
}
