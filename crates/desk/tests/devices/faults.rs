//! A store that fails, or a process that dies, at every commit of everything that a phone and a desk do.
//!
//! After each, the device is opened again: what it shows is what its store holds, what was acknowledged is there once, and
//! doing the operation again comes to the same end as if nothing had happened. The short form takes one outcome for each
//! point in turn; `VIGIE_FAULTS_LONG=1` takes them all.

use crate::rig::{
    Fault, assert_same,
    count::{Count, asked, outcomes},
    operations::{DESK, Operation, PHONE, Scene},
    stage::Stage,
};
use serde_json::Value;

#[test]
fn whatever_a_commit_of_a_phone_comes_to_the_end_is_the_same() {
    walk("store, phone", PHONE);
}

#[test]
fn whatever_a_commit_of_a_desk_comes_to_the_end_is_the_same() {
    walk("store, desk", DESK);
}

fn walk(title: &'static str, operations: &[Operation]) {
    let stage = Stage::new();
    let mut count = Count::new(title);
    for (place, operation) in operations.iter().enumerate() {
        if !asked(operation.name) {
            continue;
        }
        let (mut end, mut points) = (Value::Null, 0);
        count.case("none", operation.name, || {
            let scene = Scene::new(&stage, operation);
            scene.act().expect("without a fault it is done");
            points = scene.me.plan.commits();
            scene.ready();
            assert_same(
                &scene.views(),
                &scene.views_again(),
                "memory, and the store",
            );
            end = scene.end();
        });
        count.operation(points);
        for point in 0..points {
            for &fault in outcomes(&Fault::ALL, place, point, points) {
                let what = format!(
                    "{}, commit {} of {points}, {fault:?}",
                    operation.name,
                    point + 1
                );
                count.case(&format!("{fault:?}"), &what, || {
                    befall(&stage, operation, point, fault, &end);
                });
            }
        }
    }
    count.end();
}

fn befall(stage: &Stage, operation: &Operation, point: usize, fault: Fault, end: &Value) {
    let mut scene = Scene::new(stage, operation);
    scene.me.plan.fault_at(point, fault);
    let done = scene.act();
    if scene.me.plan.is_dead() {
        scene = scene.restarted();
    } else {
        scene.ready();
        // What failed left memory and store saying the same. What was written all the same is known once it is asked again.
        if fault == Fault::Fails {
            let [memory, kept] = finished([scene.views(), scene.views_again()]);
            assert_same(&memory, &kept, "memory, and the store after it failed");
        }
    }
    if let Err(again) = scene.act() {
        panic!("done again it fails: {again:?} (first {done:?})");
    }
    scene.ready();
    assert_same(
        &scene.views(),
        &scene.views_again(),
        "memory, and the store at the end",
    );
    assert_same(&scene.end(), end, "the end, and the end without a fault");
}

/// Both views without what could not be saved: it stays in memory, and the screen says so.
fn finished(views: [Value; 2]) -> [Value; 2] {
    let is_draft = |entry: &&Value| entry["state"] == "draft";
    let entries = |view: &Value| view["entries"].as_array().cloned().unwrap_or_default();
    let drafts: Vec<Value> = views
        .iter()
        .flat_map(|view| {
            let entries = entries(view);
            let drafts = entries.iter().filter(is_draft);
            drafts.map(|entry| entry["rec"].clone()).collect::<Vec<_>>()
        })
        .collect();
    let is_unsaved = views.iter().any(|view| view["unsaved"] == true);
    views.map(|mut view| {
        // An answer that can't be saved stays in memory too, and the page says so.
        if is_unsaved {
            (view["waiting"], view["unsaved"]) = (Value::Null, Value::Null);
        }
        if let Some(entries) = view["entries"].as_array_mut() {
            entries.retain(|entry| !drafts.contains(&entry["rec"]));
        }
        // A finished entry that is being changed counts as a draft.
        for counts in ["/counts", "/exchange/counts", "/exchange/all_received"] {
            if let Some(counts) = view.pointer_mut(counts) {
                *counts = Value::Null;
            }
        }
        // On its way until the round is over, and waiting once it is read again.
        for bundle in view["exchange"]["bundles"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            if bundle["state"] == "sending" {
                bundle["state"] = "waiting".into();
            }
        }
        view
    })
}
