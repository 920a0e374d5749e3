//! Where files are dropped, or chosen.

use leptos::{ev::DragEvent, html, prelude::*};
use web_sys::FileList;

use crate::components::icon::{icon, lu};

#[component]
pub fn Drop(
    says: &'static str,
    act: &'static str,
    accept: &'static str,
    #[prop(optional)] field: NodeRef<html::Input>,
    on_files: impl Fn(FileList) + Copy + 'static,
    /// Other ways in, beside it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        if let Some(files) = event.data_transfer().and_then(|given| given.files()) {
            on_files(files);
        }
    };
    let picked = move |_| {
        if let Some(files) = field.get_untracked().and_then(|input| input.files()) {
            on_files(files);
        }
    };
    view! {
        <div class="drop" on:dragover=|event: DragEvent| event.prevent_default() on:drop=dropped>
            <p>{says}</p>
            <label class="button">
                {icon(lu::LuPlus)}
                {act}
                <input class="visually-hidden" type="file" multiple accept=accept node_ref=field on:change=picked/>
            </label>
            {children.map(|children| children())}
        </div>
    }
}
