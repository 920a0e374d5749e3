//! For random forms and random answers: what was computed change by change is what a fresh computation gives, and a draft
//! reopened is the session that was left.
#![cfg(feature = "xform")]

use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use vigie_forms::{Changes, Env, Form, NodeId, NodeKind, NodeView, Now, Session, xform};

struct Device(Cell<u64>);

impl Env for Device {
    fn now(&self) -> Now {
        Now {
            millis: 1_795_600_000_000,
            offset: 60,
        }
    }
    fn random(&self) -> u64 {
        self.0.set(
            self.0
                .get()
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        );
        self.0.get()
    }
    fn property(&self, _: &str) -> Option<String> {
        None
    }
}

fn device() -> Box<Device> {
    Box::new(Device(Cell::new(1)))
}

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Group,
    Row,
    Inner,
}

/// What a node is.
#[derive(Debug, Clone)]
struct Node {
    place: Place,
    kind: u8,
    relevant: Option<(usize, u8)>,
    constraint: Option<(usize, u8)>,
    required: Option<(usize, u8)>,
    readonly: Option<(usize, u8)>,
    calculate: Option<(usize, u8)>,
    label: usize,
}

fn node() -> impl Strategy<Value = Node> {
    let place = prop_oneof![
        3 => Just(Place::Root),
        2 => Just(Place::Group),
        3 => Just(Place::Row),
        2 => Just(Place::Inner)
    ];
    let expr = |weight: f64| {
        prop::option::weighted(
            weight,
            (
                any::<prop::sample::Index>().prop_map(|i| i.index(1000)),
                0..8u8,
            ),
        )
    };
    (
        place,
        0..6u8,
        expr(0.3),
        expr(0.2),
        expr(0.2),
        expr(0.1),
        expr(0.4),
        0..1000usize,
    )
        .prop_map(
            |(place, kind, relevant, constraint, required, readonly, calculate, label)| Node {
                place,
                kind,
                relevant,
                constraint,
                required,
                readonly,
                calculate,
                label,
            },
        )
}

/// How `from` reads `to`: as text, or as a number of many rows.
fn path(from: Place, to: Place, name: &str, style: u8) -> String {
    use Place::{Group, Inner, Root, Row};
    let absolute = match to {
        Root => format!("/data/{name}"),
        Group => format!("/data/g/{name}"),
        Row => format!("/data/r/{name}"),
        Inner => format!("/data/r/s/{name}"),
    };
    match (from, to) {
        (a, b) if a == b && !style.is_multiple_of(3) => format!("../{name}"),
        (Inner, Row) if !style.is_multiple_of(3) => format!("../../{name}"),
        (Row, Inner) if style.is_multiple_of(2) => format!("../s/{name}"),
        (Root | Group, Row) if style % 4 == 1 => format!("/data/r[2]/{name}"),
        (_, Row) if style % 4 == 2 => format!("/data/r[position() = last()]/{name}"),
        (_, Row) if style % 4 == 3 => format!("/data/r[{name} != '']/{name}"),
        (Row, Root) if style.is_multiple_of(2) => format!("../../{name}"),
        _ => absolute,
    }
}

fn value(from: Place, to: Place, name: &str, style: u8) -> String {
    let path = path(from, to, name, style);
    match style {
        0 => format!("{path} + 1"),
        1 => format!("sum({path})"),
        2 => format!("if({path} &gt; 2, {path}, 'low')"),
        3 => format!("concat({path}, '-', count(/data/r))"),
        4 if matches!(from, Place::Row | Place::Inner) => {
            format!("position(..) * 10 + count({path})")
        }
        5 => format!("coalesce({path}, 'none')"),
        6 => format!("join(' ', /data/r/{name}, {path})"),
        _ => format!("string-length({path})"),
    }
}

fn truth(from: Place, to: Place, name: &str, style: u8) -> String {
    let path = path(from, to, name, style);
    match style {
        0 => format!("{path} != ''"),
        1 => format!("{path} &gt; 2"),
        2 => format!("not({path} = 3)"),
        3 => format!("count({path}) &lt; 3"),
        4 if matches!(from, Place::Row | Place::Inner) => format!("position(..) = 1 or {path} = 2"),
        5 => format!("selected({path}, '5')"),
        6 => format!("{path} = '' or {path} = 5"),
        _ => format!("string-length({path}) &lt; 2"),
    }
}

fn xml(nodes: &[Node]) -> String {
    let name = |i: usize| format!("n{i}");
    let mut parts: BTreeMap<u8, (String, String)> = BTreeMap::new();
    let mut binds = String::new();
    for (i, node) in nodes.iter().enumerate() {
        let (at, folder) = match node.place {
            Place::Root => (0, "/data"),
            Place::Group => (1, "/data/g"),
            Place::Row => (2, "/data/r"),
            Place::Inner => (3, "/data/r/s"),
        };
        let me = name(i);
        let full = format!("{folder}/{me}");
        let (instance, body) = parts.entry(at).or_default();
        instance.push_str(&format!("<{me}/>"));
        // Only nodes before this one are read: no circle.
        let earlier = |wanted: usize| (i > 0).then(|| wanted % i.max(1));
        let mut bind = format!(
            r#"<bind nodeset="{full}" type="{}""#,
            ["string", "int", "string", "decimal", "string", "int"][node.kind as usize]
        );
        for (attribute, expr, of_truth) in [
            ("relevant", &node.relevant, true),
            ("constraint", &node.constraint, true),
            ("required", &node.required, true),
            ("readonly", &node.readonly, true),
            ("calculate", &node.calculate, false),
        ] {
            if let Some((wanted, style)) = expr
                && let Some(other) = earlier(*wanted)
            {
                let (to, other) = (nodes[other].place, name(other));
                let text = if of_truth {
                    truth(node.place, to, &other, *style)
                } else {
                    value(node.place, to, &other, *style)
                };
                bind.push_str(&format!(r#" {attribute}="{text}""#));
            }
        }
        bind.push_str("/>");
        binds.push_str(&bind);
        let label = match earlier(node.label) {
            Some(other) => {
                let path = path(node.place, nodes[other].place, &name(other), 1);
                format!(r#"<label>L <output value="{path}"/></label>"#)
            }
            None => "<label>L</label>".into(),
        };
        match node.kind {
            4 => {
                let filter = earlier(node.label).map_or(String::new(), |other| {
                    let path = path(node.place, nodes[other].place, &name(other), 1);
                    let current = if path.starts_with("..") {
                        "current()/"
                    } else {
                        ""
                    };
                    format!("[k = {current}{path}]")
                });
                body.push_str(&format!(
                    r#"<select ref="{full}">{label}<itemset nodeset="instance('l')/root/item{filter}"><value ref="v"/><label ref="v"/></itemset></select>"#
                ));
            }
            5 if node.calculate.is_some() => {}
            _ => body.push_str(&format!(r#"<input ref="{full}">{label}</input>"#)),
        }
    }
    let mut part = |at: u8| parts.remove(&at).unwrap_or_default();
    let (root, group, row, inner) = (part(0), part(1), part(2), part(3));
    let first = nodes
        .iter()
        .position(|node| node.place == Place::Root)
        .filter(|&first| first == 0);
    let gate = first.map_or(String::new(), |i| {
        format!(r#"<bind nodeset="/data/g" relevant="/data/n{i} != 3"/><bind nodeset="/data/r" relevant="/data/n{i} != 5"/>"#)
    });
    // Rows that an answer counts, each told its place, and their sum outside.
    let (counted, counted_body) = first.map_or(Default::default(), |i| {
        binds.push_str(r#"<bind nodeset="/data/c/i" calculate="position(..) * count(/data/c)"/><bind nodeset="/data/total" calculate="sum(/data/c/i)"/>"#);
        (
            "<c><i/><z/></c><total/>",
            format!(r#"<group ref="/data/c"><repeat nodeset="/data/c" jr:count="/data/n{i}"><input ref="/data/c/z"><label>Z <output value="../i"/></label></input></repeat></group>"#),
        )
    });
    let items: String = (0..12)
        .map(|i| format!("<item><v>{}</v><k>{}</k></item>", i % 6, i % 4))
        .collect();
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>p</h:title><model><instance><data id="p">{}<g>{}<z/></g><r jr:template="">{}<s jr:template="">{}<z/></s><s>{}<z/></s><z/></r><r>{}<s>{}<z/></s><z/></r>{counted}</data></instance><instance id="l"><root>{items}</root></instance>{binds}{gate}</model></h:head><h:body>{}<group ref="/data/g">{}</group><group ref="/data/r"><repeat nodeset="/data/r">{}<repeat nodeset="/data/r/s">{}</repeat></repeat></group>{counted_body}</h:body></h:html>"#,
        root.0, group.0, row.0, inner.0, inner.0, row.0, inner.0, root.1, group.1, row.1, inner.1
    )
}

/// Something done to a session.
#[derive(Debug, Clone)]
enum Act {
    Answer(usize, &'static str),
    Add(usize, usize),
    Remove(usize),
    Move(usize, usize),
}

fn act() -> impl Strategy<Value = Act> {
    let value = prop::sample::select(vec!["", "1", "2", "3", "5", "x", "2.5", "1 5", "10"]);
    prop_oneof![
        8 => (0..1000usize, value).prop_map(|(node, value)| Act::Answer(node, value)),
        2 => (0..1000usize, 0..4usize).prop_map(|(range, place)| Act::Add(range, place)),
        1 => (0..1000usize).prop_map(Act::Remove),
        1 => (0..1000usize, 0..4usize).prop_map(|(row, place)| Act::Move(row, place)),
    ]
}

fn views(session: &Session) -> BTreeMap<String, NodeView> {
    session
        .nodes()
        .into_iter()
        .map(|id| {
            let mut view = session.view(id).expect("a live node");
            // A number of the session, not of the answers.
            view.id = NodeId(0);
            view.parent = None;
            (view.path.clone(), view)
        })
        .collect()
}

fn of_kind(session: &Session, kinds: &[NodeKind]) -> Vec<NodeId> {
    session
        .nodes()
        .into_iter()
        .filter(|&id| {
            session
                .view(id)
                .is_ok_and(|view| kinds.contains(&view.kind))
        })
        .collect()
}

/// Whether the form calculates what stands at `path`.
fn is_calculated(form: &Form, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut defs = form.source().defs.iter();
    defs.any(|def| def.name == name && def.bind.calculate.is_some())
}

fn perform(session: &mut Session, form: &Form, act: &Act) -> Changes {
    let pick = |list: Vec<NodeId>, at: usize| list.get(at % list.len().max(1)).copied();
    let done = match act {
        Act::Answer(at, value) => {
            // What a person writes over a calculation is not part of a draft's promise.
            let calculated =
                |id: NodeId| is_calculated(form, &session.view(id).expect("a node").path);
            let open: Vec<NodeId> = of_kind(session, &[NodeKind::Question])
                .into_iter()
                .filter(|&id| !calculated(id))
                .collect();
            pick(open, *at).and_then(|id| session.answer(id, value).ok())
        }
        Act::Add(at, place) => pick(of_kind(session, &[NodeKind::Repeat]), *at)
            .and_then(|id| session.add_repeat_at(id, *place).ok()),
        Act::Remove(at) => pick(of_kind(session, &[NodeKind::Row]), *at)
            .and_then(|id| session.remove_repeat(id).ok()),
        Act::Move(at, place) => pick(of_kind(session, &[NodeKind::Row]), *at)
            .and_then(|id| session.move_repeat(id, *place).ok()),
    };
    done.unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_computed_step_by_step_is_what_is_computed_afresh(
        nodes in prop::collection::vec(node(), 1..14),
        acts in prop::collection::vec(act(), 1..14),
    ) {
        let read = xform::read_alone(&xml(&nodes));
        prop_assert!(read.form.is_some(), "{:?}", read.problems);
        let form = Arc::new(read.form.expect("checked"));
        let mut session = Session::new(Arc::clone(&form), device());
        for act in &acts {
            let before = views(&session);
            let changes = perform(&mut session, &form, act);
            let after = views(&session);
            // Every difference is told.
            let told: Vec<String> = changes
                .nodes
                .iter()
                .filter_map(|&id| session.view(id).ok())
                .map(|view| view.path)
                .collect();
            let rows_moved = !changes.added.is_empty() || !changes.removed.is_empty() || matches!(act, Act::Move(..));
            if !rows_moved {
                for (path, view) in &after {
                    if before.get(path) != Some(view) {
                        prop_assert!(told.contains(path), "{path} changed untold by {act:?}");
                    }
                }
            }
            // The same numbers everywhere.
            let counts = session.pages().into_iter().map(|page| page.counts);
            let (answered, asked) = counts.fold((0, 0), |(answered, asked), page| {
                (answered + page.answered, asked + page.questions)
            });
            prop_assert_eq!((answered, asked), session.progress());
            // A draft reopened is the session that was left; so is one that has forgotten all that was calculated.
            let draft = session.snapshot();
            let mut bare = draft.clone();
            bare.answers.retain(|(path, _)| !is_calculated(&form, path));
            let reopened = Session::restore(Arc::clone(&form), draft.clone(), device());
            prop_assert_eq!(reopened.snapshot(), draft);
            let recalculated = Session::restore(Arc::clone(&form), bare, device());
            for again in [reopened, recalculated] {
                let afresh = views(&again);
                let differs = after.keys().chain(afresh.keys()).find(|path| after.get(*path) != afresh.get(*path));
                if let Some(path) = differs {
                    prop_assert_eq!(after.get(path), afresh.get(path), "after {:?}", act);
                }
            }
        }
    }

    #[test]
    fn no_expression_makes_the_reader_panic(text in "[a-z/.\\[\\]()'\" =<>!+*|@:,0-9$-]{0,40}") {
        let mut names = vigie_forms::xpath::Names::default();
        let _ = vigie_forms::xpath::read(&text, &mut names, &vigie_forms::xpath::Prefixes::default());
    }

    #[test]
    fn no_file_makes_the_reader_panic(text in "(<[a-z:]{1,6}( [a-z]{1,5}=\"[^\"<&]{0,8}\")?/?>|</[a-z:]{1,6}>|[a-z ]{0,5}){0,30}") {
        let _ = xform::read_alone(&text);
        let wrapped = format!("<h:html xmlns:h=\"h\"><h:head><model><instance>{text}</instance></model></h:head><h:body>{text}</h:body></h:html>");
        let _ = xform::read_alone(&wrapped);
    }
}
