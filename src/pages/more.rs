//! ⋯: everything that is not noting, finding or sending.

use leptos::prelude::*;

use crate::{
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
    },
    i18n::{common, more, promises, t},
    route::Route,
};

#[component]
pub fn More() -> impl IntoView {
    let all = [
        (
            Route::Missions,
            lu::LuFolderOpen,
            more::MISSIONS,
            more::MISSIONS_MORE,
        ),
        (
            Route::Display,
            lu::LuType,
            more::DISPLAY,
            more::DISPLAY_MORE,
        ),
        (
            Route::Security,
            lu::LuShield,
            more::SECURITY,
            more::SECURITY_MORE,
        ),
        (
            Route::Storage,
            lu::LuHardDrive,
            more::STORAGE,
            more::STORAGE_MORE,
        ),
        (
            Route::Install,
            lu::LuMonitorSmartphone,
            more::INSTALL,
            more::INSTALL_MORE,
        ),
        (
            Route::Export,
            lu::LuDownload,
            more::EXPORT,
            more::EXPORT_MORE,
        ),
        (Route::Help, lu::LuCircleHelp, more::HELP, more::HELP_MORE),
        (
            Route::Promises,
            lu::LuShieldCheck,
            promises::TITLE,
            promises::MORE,
        ),
        (Route::About, lu::LuInfo, more::ABOUT, more::ABOUT_MORE),
    ];
    let lines = all
        .map(|(route, sign, title, text)| {
            view! {
                <li>
                    <a class="entry" href=route.href()>
                        <span class="entry__kind">{icon(sign)}</span>
                        <span class="entry__title">{t(title)}</span>
                        <span class="entry__more"><span>{t(text)}</span></span>
                    </a>
                </li>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <Frame tab=Tab::More title=t(common::TAB_MORE).to_owned()>
            <ul class="entries entries--whole">{lines}</ul>
        </Frame>
    }
    .into_any()
}
