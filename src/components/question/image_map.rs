//! A drawing (SVG) whose parts are the choices: the part whose id is a choice's name chooses it. The list of the choices
//! stays below, for a keyboard and for what the drawing does not show.

use js_sys::Array;
use leptos::{ev, html, prelude::*};
use vigie_forms::{NodeView, media::file_name};
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, HtmlElement, SupportedType};

use super::{Parts, is_chosen};

/// Elements that draw, and nothing else.
const DRAWN: [&str; 18] = [
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "title",
    "desc",
    "defs",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
];
/// What a part of the drawing that is a choice is marked with.
const CHOICE: &str = "data-choice";

/// The drawing's file, where the form asks for a choice on one.
pub fn drawing_of(node: &NodeView) -> Option<String> {
    let name = file_name(node.label.as_ref()?.media.image.as_deref()?);
    (node.appearance.image_map && name.to_ascii_lowercase().ends_with(".svg"))
        .then(|| name.to_owned())
}

/// The drawing; `pick` is told which choice was tapped.
pub fn image_map(
    parts: &Parts,
    drawing: String,
    several: bool,
    pick: impl Fn(String) + 'static,
) -> AnyView {
    let holder = NodeRef::<html::Div>::new();
    let drawn = RwSignal::new(false);
    let (node, on_media) = (parts.node, parts.answering.on_media);
    let tell = Callback::new(move |(_, bytes): super::FileRead| {
        let svg = String::from_utf8_lossy(&bytes);
        let codes: Vec<String> = node
            .read_untracked()
            .choices
            .iter()
            .map(|choice| choice.value.clone())
            .collect();
        let holder = holder.try_get_untracked().flatten();
        let done = holder.and_then(|holder| draw(&holder, &svg, &codes));
        drawn.try_set(done.is_some());
    });
    Effect::new(move |asked: Option<bool>| {
        let ready = holder.get().is_some();
        if ready && asked != Some(true) {
            on_media.run((drawing.clone(), tell));
        }
        ready
    });
    Effect::new(move |_| {
        let value = node.read().value.clone();
        let Some(holder) = holder.get().filter(|_| drawn.get()) else {
            return;
        };
        for part in parts_of(&holder, &format!("[{CHOICE}]")) {
            let code = part.get_attribute(CHOICE).unwrap_or_default();
            let chosen = is_chosen(&value, &code, several);
            drop(part.class_list().toggle_with_force("is-chosen", chosen));
        }
    });
    let tap = move |event: ev::MouseEvent| {
        let tapped = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest(&format!("[{CHOICE}]")).ok().flatten());
        if let Some(code) = tapped.and_then(|part| part.get_attribute(CHOICE)) {
            pick(code);
        }
    };
    view! { <div class="image-map" node_ref=holder aria-hidden="true" hidden=move || !drawn.get() on:click=tap></div> }
        .into_any()
}

fn parts_of(element: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = element.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into().ok())
        .collect()
}

/// Puts the drawing in the page, with nothing in it that acts or loads.
fn draw(holder: &HtmlElement, svg: &str, codes: &[String]) -> Option<()> {
    let parser = DomParser::new().ok()?;
    let read = parser
        .parse_from_string(svg, SupportedType::ImageSvgXml)
        .ok()?;
    let root = read.document_element()?;
    if root.local_name() != "svg" {
        return None;
    }
    for element in parts_of(&root, "*") {
        clean(&element, codes);
    }
    clean(&root, &[]);
    let root = document().import_node_with_deep(&root, true).ok()?;
    holder.replace_children_with_node(&Array::of1(&root));
    Some(())
}

fn clean(element: &Element, codes: &[String]) {
    if !DRAWN.contains(&element.local_name().as_str()) {
        element.remove();
        return;
    }
    let names = element.get_attribute_names();
    for name in names.iter().filter_map(|name| name.as_string()) {
        let value = element.get_attribute(&name).unwrap_or_default();
        let lower = name.to_ascii_lowercase();
        let acts = lower.starts_with("on") || lower == "style" || lower == "class";
        let loads = lower.ends_with("href") && !value.starts_with('#');
        if acts || loads {
            drop(element.remove_attribute(&name));
        }
        // Ids of a page are its own; those of gradients and the like are referred to within the drawing.
        if lower == "id" && codes.contains(&value) {
            drop(element.set_attribute(CHOICE, &value));
            drop(element.remove_attribute("id"));
        }
    }
}
