//! Bytes as codes that follow each other, on white whatever the theme, until the person stops.

use leptos::{html, prelude::*, task::spawn_local};
use vigie_protocol::{Code, DrawCode, Failure, ShowBytes, Squares};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::{
    camera::next_frame,
    client,
    components::icon::{icon, lu},
    format,
    i18n::{fill, images, t},
    lit,
    pages::problems::told,
};

/// Codes a second. A screen draws sixty, and a camera takes thirty pictures: of twelve it has two each, one of them whole.
const RATES: [u32; 6] = [2, 4, 6, 8, 10, 12];
const USUAL: usize = 3;
/// For whom motion is too much: fewer than the three flashes a second that WCAG 2.2 (2.3.1) allows.
const CALM: usize = 0;
/// From what a poor camera reads to what takes the least time.
const SIZES: [Squares; 3] = [Squares::Large, Squares::Medium, Squares::Small];

fn is_calm() -> bool {
    window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

#[component]
pub fn Moving(
    bytes: Vec<u8>,
    /// Which codes these are, to whom does not see them.
    says: &'static str,
    #[prop(into)] on_stop: Callback<()>,
) -> impl IntoView {
    lit::while_here();
    on_cleanup(client::codes_end);
    let canvas = NodeRef::<html::Canvas>::new();
    let rate = RwSignal::new(if is_calm() { CALM } else { USUAL });
    let size = RwSignal::new(1_usize);
    let shown = RwSignal::new(0_u32);
    let enough = RwSignal::new(None::<u32>);
    let failed = RwSignal::new(None::<Failure>);
    spawn_local(async move {
        let mut given = None;
        let mut number = 0;
        let mut due = 0;
        // Until the page goes.
        while let Some(squares) = size.try_get_untracked().and_then(|at| SIZES.get(at)) {
            let code = match given == Some(*squares) {
                true => client::codes(DrawCode { number }).await,
                false => {
                    let (bytes, squares) = (bytes.clone(), *squares);
                    match client::codes(ShowBytes { bytes, squares }).await {
                        Ok(showing) => {
                            enough.try_set(Some(showing.codes));
                            (given, number) = (Some(squares), 0);
                            continue;
                        }
                        Err(failure) => Err(failure),
                    }
                }
            };
            let code = match code {
                Ok(code) => code,
                Err(failure) => {
                    failed.try_set(Some(failure));
                    return;
                }
            };
            while format::now() < due {
                next_frame().await;
            }
            let every = rate.try_get_untracked().and_then(|at| RATES.get(at));
            due = (due + every.map_or(0, |rate| 1_000 / i64::from(*rate))).max(format::now());
            if let Some(canvas) = canvas.try_get_untracked().flatten() {
                drop(paint(&canvas, &code));
            }
            number = number.wrapping_add(1);
            shown.try_set(number);
        }
    });
    let slower = move |_| rate.update(|at| *at = at.saturating_sub(1));
    let faster = move |_| rate.update(|at| *at = (*at + 1).min(RATES.len() - 1));
    let larger = move |_| size.update(|at| *at = at.saturating_sub(1));
    let smaller = move |_| size.update(|at| *at = (*at + 1).min(SIZES.len() - 1));
    let per_second = move || {
        let rate = RATES.get(rate.get()).copied().unwrap_or_default();
        fill(images::PER_SECOND, &[("n", &rate.to_string())])
    };
    let how_many = move || {
        enough.get().map(|enough| {
            let n = format::number(f64::from(shown.get()));
            let of = format::number(f64::from(enough));
            fill(images::SHOWN, &[("n", &n), ("of", &of)])
        })
    };
    let codes = move || {
        view! {
            <canvas class="codes__picture" role="img" aria-label=says node_ref=canvas></canvas>
            <p class="codes__count">{how_many}</p>
            <div class="codes__set" role="group" aria-label=t(images::RATE)>
                <button type="button" class="button" disabled=move || rate.get() == 0 on:click=slower>{t(images::SLOWER)}</button>
                <span role="status">{per_second}</span>
                <button type="button" class="button" disabled=move || rate.get() + 1 == RATES.len() on:click=faster>{t(images::FASTER)}</button>
            </div>
            <div class="codes__pair" role="group" aria-label=t(images::SQUARES)>
                <button type="button" class="button" disabled=move || size.get() == 0 on:click=larger>{t(images::LARGER)}</button>
                <button type="button" class="button" disabled=move || size.get() + 1 == SIZES.len() on:click=smaller>{t(images::SMALLER)}</button>
            </div>
        }
    };
    let moves = move || failed.with(Option::is_none);
    view! {
        <div class="codes">
            {told(failed.into(), images::NOT_SHOWN)}
            {move || moves().then(codes)}
            <button type="button" class="button button--main button--wide" on:click=move |_| on_stop.run(())>{icon(lu::LuX)}{t(images::STOP)}</button>
            {move || moves().then(|| view! { <p class="quiet">{t(images::NOT_READ)}</p> })}
        </div>
    }
    .into_any()
}

/// A point for each square; the style makes them large.
fn paint(canvas: &HtmlCanvasElement, code: &Code) -> Result<(), JsValue> {
    if canvas.width() != code.side || canvas.height() != code.side {
        canvas.set_width(code.side);
        canvas.set_height(code.side);
    }
    let context = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let points = code.squares.iter();
    let points: Vec<u8> = points
        .flat_map(|light| [*light, *light, *light, 255])
        .collect();
    let picture = ImageData::new_with_u8_clamped_array(Clamped(&points), code.side)?;
    // A number of either kind: which it is asks for differs with what web-sys is built for.
    let corner = 0_u8;
    context.put_image_data(&picture, corner.into(), corner.into())
}
