//! Language, theme, text size.

use leptos::prelude::*;

use crate::{
    components::{
        choose::Choose,
        frame::{Frame, Tab},
        languages,
    },
    i18n::{self, LANGUAGES, more, t},
    prefs::{self, TextSize, Theme},
    route::Route,
};

#[component]
pub fn Display() -> impl IntoView {
    let options = LANGUAGES
        .iter()
        .map(|language| (language.code.to_owned(), language.title()))
        .collect();
    let themes = vec![
        ("system".to_owned(), t(more::THEME_SYSTEM).to_owned()),
        ("light".to_owned(), t(more::THEME_LIGHT).to_owned()),
        ("dark".to_owned(), t(more::THEME_DARK).to_owned()),
    ];
    let sizes = vec![
        ("normal".to_owned(), t(more::SIZE_NORMAL).to_owned()),
        ("large".to_owned(), t(more::SIZE_LARGE).to_owned()),
        ("larger".to_owned(), t(more::SIZE_LARGER).to_owned()),
    ];
    let theme = RwSignal::new(
        match prefs::theme() {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
        .to_owned(),
    );
    let size = RwSignal::new(
        match prefs::text_size() {
            TextSize::Normal => "normal",
            TextSize::Large => "large",
            TextSize::Larger => "larger",
        }
        .to_owned(),
    );
    let choose_language = |code: String| {
        let chosen = code.clone();
        i18n::choose(&code, move || prefs::set_lang(&chosen));
    };
    let choose_theme = move |code: String| {
        prefs::set_theme(match code.as_str() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        });
        theme.set(code);
    };
    let choose_size = move |code: String| {
        prefs::set_text_size(match code.as_str() {
            "large" => TextSize::Large,
            "larger" => TextSize::Larger,
            _ => TextSize::Normal,
        });
        size.set(code);
    };
    view! {
        <Frame tab=Tab::More title=t(more::DISPLAY).to_owned() back=Some(Route::More)>
            <Choose name="language" legend=t(more::LANGUAGE) options value=i18n::lang().to_owned() on_choose=choose_language/>
            {languages::missing()}
            <Choose name="theme" legend=t(more::THEME) options=themes value=theme on_choose=choose_theme/>
            <Choose name="size" legend=t(more::TEXT_SIZE) options=sizes value=size on_choose=choose_size/>
        </Frame>
    }
    .into_any()
}
