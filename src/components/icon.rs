//! Lucide icons, decorative: a word always stands beside them or names their button.

pub use icondata_lu as lu;
use leptos::prelude::*;

use crate::i18n;

/// One icon, hidden from screen readers.
pub fn icon(data: icondata_core::Icon) -> AnyView {
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" inner_html=data.data></svg> }
        .into_any()
}

/// An arrow to what comes next, in the direction of the language.
pub fn arrow_on() -> AnyView {
    icon(if i18n::is_rtl() {
        lu::LuChevronLeft
    } else {
        lu::LuChevronRight
    })
}

/// An arrow to what came before.
pub fn arrow_back() -> AnyView {
    icon(if i18n::is_rtl() {
        lu::LuChevronRight
    } else {
        lu::LuChevronLeft
    })
}

/// The icon of a kind of record.
pub fn of_kind(kind: &str) -> icondata_core::Icon {
    match kind {
        "note" => lu::LuFileText,
        "response" => lu::LuClipboardList,
        "contact" => lu::LuUser,
        "workplace" => lu::LuFactory,
        "organisation" => lu::LuBuilding2,
        _ => lu::LuPaperclip,
    }
}
