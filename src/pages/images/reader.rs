//! The camera before another device's moving codes, until all is read.

use leptos::{html, prelude::*, task::spawn_local};
use vigie_protocol::{Failure, File, Gathered, ReadPicture, ReadText, Sight};
use web_sys::HtmlVideoElement;

use crate::{
    camera::{Camera, Detector, Eye, NoCamera, next_frame},
    client,
    components::{
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    failure, format,
    i18n::{fill, images, t},
    lit,
};

/// A picture may be such that looking at it stops the module, which then begins anew; but not without end, where it reads
/// nothing in between.
const STOPS: u32 = 5;
/// How long after a stop another picture is looked at, in seconds, and twice as long after two: the same would stop it again.
const ANOTHER: f64 = 0.2;

/// What the camera sees.
#[derive(Clone, Debug, PartialEq)]
enum Looking {
    /// The person is asked whether it may.
    Opening,
    For,
    Foreign,
    Newer,
    Not(NoCamera),
    Failed(Failure),
}

/// How far one transfer is, and since when.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Progress {
    begun: i64,
    /// With so many codes.
    from: u32,
    now: i64,
    gathered: Gathered,
}

impl Progress {
    fn after(before: Option<Progress>, gathered: Gathered) -> Progress {
        let now = format::now();
        let same = before.filter(|before| {
            (before.gathered.transfer, before.gathered.of) == (gathered.transfer, gathered.of)
                && before.gathered.codes <= gathered.codes
        });
        Progress {
            begun: same.map_or(now, |before| before.begun),
            from: same.map_or(gathered.codes, |before| before.from),
            now,
            gathered,
        }
    }

    fn words(&self) -> String {
        let Gathered {
            codes, of, bytes, ..
        } = self.gathered;
        let number = |value: u32| format::number(f64::from(value));
        let so_far = fill(
            images::GATHERED,
            &[("n", &number(codes)), ("of", &number(of))],
        );
        let seconds = (self.now - self.begun) as f64 / 1_000.0;
        let came = f64::from(codes - self.from);
        if came < 3.0 || seconds < 0.5 {
            return so_far;
        }
        let rate = came * f64::from(bytes) / seconds / 1_000.0;
        let left = f64::from(of.saturating_sub(codes)) * seconds / came * 1_000.0;
        let how_fast = fill(
            images::HOW_FAST,
            &[
                ("rate", &format::number(rate)),
                ("time", &format::delay(left as i64)),
            ],
        );
        format!("{so_far} · {how_fast}")
    }
}

#[component]
pub fn Reader(
    #[prop(into)] on_file: Callback<File>,
    #[prop(into)] on_stop: Callback<()>,
) -> impl IntoView {
    lit::while_here();
    on_cleanup(client::codes_end);
    let video = NodeRef::<html::Video>::new();
    let looking = RwSignal::new(Looking::Opening);
    let progress = RwSignal::new(None::<Progress>);
    let tries = RwSignal::new(0_u32);
    // Each try is a loop of its own; one that is not the last ends.
    Effect::new(move |_| {
        let this = tries.get();
        spawn_local(async move {
            let is_here = move || tries.try_get_untracked() == Some(this);
            let camera = match Camera::open().await {
                Ok(camera) => camera,
                Err(why) => {
                    looking.try_set(Looking::Not(why));
                    return;
                }
            };
            let Some(video) = video.try_get_untracked().flatten() else {
                return;
            };
            camera.show_in(&video).await;
            looking.try_set(Looking::For);
            // Opened below the fold, it would seem that nothing had been.
            video.scroll_into_view_with_bool(false);
            let seen = look(&video, is_here, looking, progress).await;
            video.set_src_object(None);
            drop(camera);
            match seen {
                Ok(Some(file)) => on_file.run(file),
                Ok(None) => {}
                Err(failure) => drop(looking.try_set(Looking::Failed(failure))),
            }
        });
    });
    let again = move |_| {
        looking.set(Looking::Opening);
        tries.update(|tries| *tries += 1);
    };
    let trouble = move || {
        let (tone, strong, text) = match looking.get() {
            Looking::Opening | Looking::For => return None,
            Looking::Foreign => (
                Tone::Plain,
                t(images::FOREIGN),
                t(images::FOREIGN_MORE).to_owned(),
            ),
            Looking::Newer => (
                Tone::Plain,
                t(images::NEWER),
                t(images::NEWER_MORE).to_owned(),
            ),
            Looking::Not(why) => {
                let (strong, text) = match why {
                    NoCamera::Refused => (images::CAMERA_REFUSED, images::CAMERA_REFUSED_MORE),
                    NoCamera::Absent => (images::CAMERA_ABSENT, images::CAMERA_ABSENT_MORE),
                    NoCamera::Busy => (images::CAMERA_BUSY, images::CAMERA_BUSY_MORE),
                };
                (Tone::Loss, t(strong), t(text).to_owned())
            }
            Looking::Failed(why) => (Tone::Loss, t(images::NOT_READ_HERE), failure::words(&why)),
        };
        let strong = strong.to_owned();
        // The camera goes on looking where there is nothing to try again.
        Some(match tone {
            Tone::Loss => view! {
                <Notice tone strong text><button type="button" class="button" on:click=again>{t(images::AGAIN)}</button></Notice>
            }
            .into_any(),
            _ => view! { <Notice tone strong text/> }.into_any(),
        })
    };
    let is_open = move || !matches!(looking.get(), Looking::Not(_) | Looking::Failed(_));
    let opening = move || (looking.get() == Looking::Opening).then(|| t(images::CAMERA_OPENS));
    view! {
        <div class="codes">
            <p>{t(images::READ_HOW)}</p>
            <video class="codes__seen" node_ref=video hidden=move || !is_open() muted=true playsinline=true aria-label=t(images::CAMERA)></video>
            <p class="quiet" role="status">{opening}</p>
            {trouble}
            {move || progress.get().map(|progress| {
                let words = progress.words();
                let Gathered { codes, of, .. } = progress.gathered;
                view! {
                    <progress class="progress" value=codes.to_string() max=of.to_string() aria-label=t(images::READING)></progress>
                    <p class="codes__count">{words}</p>
                }
            })}
            <button type="button" class="button button--wide" on:click=move |_| on_stop.run(())>{icon(lu::LuX)}{t(images::STOP)}</button>
        </div>
    }
    .into_any()
}

/// Looks until all is read; nothing once somebody stopped it.
async fn look(
    video: &HtmlVideoElement,
    is_here: impl Fn() -> bool,
    looking: RwSignal<Looking>,
    progress: RwSignal<Option<Progress>>,
) -> Result<Option<File>, Failure> {
    let mut detector = Detector::of_qr().await;
    let eye = Eye::new().ok_or(Failure::Absent)?;
    let mut stops = 0;
    // In the camera's own time, which no clock sets back.
    let mut again_at = 0.0;
    let mut last = -1.0;
    while is_here() {
        next_frame().await;
        let at = video.current_time();
        if at == last || at < again_at {
            continue;
        }
        last = at;
        let sights = match &detector {
            Some(of) => match of.texts(video).await {
                Some(texts) => read(texts).await,
                None => {
                    // It is there by name only.
                    detector = None;
                    continue;
                }
            },
            None => match eye.light(video) {
                Some((width, light)) => {
                    let sight = client::codes(ReadPicture { width, light }).await;
                    sight.map(|sight| vec![sight])
                }
                None => continue,
            },
        };
        let sights = match sights {
            Err(Failure::Stopped) if stops < STOPS && is_here() => {
                stops += 1;
                again_at = video.current_time() + f64::from(stops) * ANOTHER;
                continue;
            }
            Err(_) if !is_here() => return Ok(None),
            sights => sights?,
        };
        // As long as it took, the page is left to whoever uses it: a slow one would answer nothing else.
        let now = video.current_time();
        again_at = now + (now - at);
        for sight in sights {
            match sight {
                Sight::Nothing => {}
                Sight::Foreign => drop(looking.try_set(Looking::Foreign)),
                Sight::Newer => drop(looking.try_set(Looking::Newer)),
                Sight::Part(gathered) => {
                    stops = 0;
                    looking.try_set(Looking::For);
                    progress.try_update(|now| *now = Some(Progress::after(*now, gathered)));
                }
                Sight::Whole(file) => return Ok(Some(file)),
            }
        }
    }
    Ok(None)
}

async fn read(texts: Vec<String>) -> Result<Vec<Sight>, Failure> {
    let mut sights = Vec::new();
    for text in texts {
        sights.push(client::codes(ReadText { text }).await?);
    }
    Ok(sights)
}
