//! A signature, a drawing, or marks on a picture: by finger, pen or mouse; by keyboard, a file in its place.

use leptos::{ev, html, prelude::*, task::spawn_local};
use vigie_forms::{Control, Drawing, NodeView};
use web_sys::{CanvasRenderingContext2d, File, HtmlCanvasElement, HtmlImageElement, Url};

use super::{FileComing, Parts, picture, pixels, upload};
use crate::{
    components::icon::{icon, lu},
    file,
    i18n::{form, t},
};

const SIGNATURE: (u32, u32) = (800, 320);
const DRAWING: (u32, u32) = (800, 800);
/// The longer side of a picture that is marked, in pixels.
const PICTURE: f64 = 1600.0;

const PNG: &str = "image/png";

/// Whether the file is drawn here.
pub fn is_drawn(node: &NodeView) -> bool {
    node.control == Some(Control::Upload) && node.appearance.drawing.is_some()
}

/// A stroke, point by point, in pixels of the canvas.
type Stroke = Vec<(f64, f64)>;

/// What is on the paper.
#[derive(Clone, Copy)]
struct Paper {
    canvas: NodeRef<html::Canvas>,
    strokes: RwSignal<Vec<Stroke>>,
    /// What was there before: the file of a draft, or the picture to mark.
    under: StoredValue<Option<HtmlImageElement>, LocalStorage>,
    drawing: RwSignal<bool>,
}

impl Paper {
    fn context(self) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
        let canvas: HtmlCanvasElement = self.canvas.try_get_untracked()??;
        let context = picture::context(&canvas)?;
        Some((canvas, context))
    }

    fn draw(self) {
        let Some((canvas, context)) = self.context() else {
            return;
        };
        let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
        context.set_fill_style_str("#fff");
        context.fill_rect(0.0, 0.0, width, height);
        self.under.with_value(|under| {
            if let Some(under) = under {
                drop(context.draw_image_with_html_image_element_and_dw_and_dh(
                    under, 0.0, 0.0, width, height,
                ));
            }
        });
        for stroke in self.strokes.read_untracked().iter() {
            line(&context, stroke);
        }
    }

    /// Puts a picture under what is drawn, the paper taking its shape; the paper, when it is still there.
    async fn lay(self, url: String) -> Option<HtmlCanvasElement> {
        let picture = picture::load(&url).await?;
        let (canvas, _) = self.context()?;
        let (width, height) = picture::measures(&picture, PICTURE);
        canvas.set_width(width);
        canvas.set_height(height);
        self.under.try_set_value(Some(picture)).is_none().then(|| {
            self.draw();
            canvas
        })
    }

    /// Puts a picture that was chosen in the place of what is drawn.
    async fn lay_file(self, photo: &File) -> Option<HtmlCanvasElement> {
        let url = Url::create_object_url_with_blob(photo).ok()?;
        self.strokes.try_set(Vec::new());
        let laid = self.lay(url.clone()).await;
        file::let_go(&url);
        laid
    }

    fn point(self, event: &ev::PointerEvent) -> Option<(f64, f64)> {
        let canvas: HtmlCanvasElement = self.canvas.try_get_untracked()??;
        let place = canvas.get_bounding_client_rect();
        let x = (pixels(event.client_x()) - place.left()) / place.width();
        let y = (pixels(event.client_y()) - place.top()) / place.height();
        Some((
            x * f64::from(canvas.width()),
            y * f64::from(canvas.height()),
        ))
    }

    fn is_empty(self) -> bool {
        self.strokes.read_untracked().is_empty() && self.under.with_value(Option::is_none)
    }
}

fn line(context: &CanvasRenderingContext2d, stroke: &[(f64, f64)]) {
    context.set_stroke_style_str("#111");
    context.set_line_width(5.0);
    context.set_line_cap("round");
    context.set_line_join("round");
    context.begin_path();
    if let Some((x, y)) = stroke.first() {
        context.move_to(*x, *y);
        // A dot is a line to where it began.
        context.line_to(*x, *y);
    }
    for (x, y) in stroke.iter().skip(1) {
        context.line_to(*x, *y);
    }
    context.stroke();
}

pub fn draw(parts: Parts) -> AnyView {
    let node = parts.node.get_untracked();
    let (width, height) = if node.appearance.drawing == Some(Drawing::Signature) {
        SIGNATURE
    } else {
        DRAWING
    };
    let marked = node.appearance.drawing == Some(Drawing::Marks);
    let file_says = if marked {
        form::PHOTO_TO_MARK
    } else {
        form::FILE_INSTEAD
    };
    let paper = Paper {
        canvas: NodeRef::new(),
        strokes: RwSignal::new(Vec::new()),
        under: StoredValue::new_local(None),
        drawing: RwSignal::new(false),
    };
    let answering = StoredValue::new(parts.clone());
    let value = parts.value();
    // Only what was there before this page: what is drawn here is on the paper already.
    let before = (!value.get_untracked().is_empty()).then(|| upload::shown_file(&parts));
    Effect::new(move |laid: Option<bool>| {
        if paper.canvas.get().is_none() {
            return false;
        }
        paper.draw();
        let found = before.and_then(|before| before.get());
        match (laid, found) {
            (Some(true), _) => true,
            (_, Some((_, url))) => {
                spawn_local(async move { drop(paper.lay(url).await) });
                true
            }
            _ => false,
        }
    });
    let name = StoredValue::new([node.name.as_str(), ".png"].concat());
    let tell = move |coming: FileComing| {
        answering.with_value(|parts| parts.answering.on_file.run((parts.path.clone(), coming)));
    };
    let keep = move || {
        if paper.is_empty() {
            answering.with_value(|parts| parts.answer(String::new()));
        } else if let Some((canvas, _)) = paper.context() {
            tell(Box::pin(picture::file_of(canvas, name.get_value(), PNG)));
        }
    };
    let down = move |event: ev::PointerEvent| {
        event.prevent_default();
        if let (Some(point), Some((canvas, context))) = (paper.point(&event), paper.context()) {
            drop(canvas.set_pointer_capture(event.pointer_id()));
            line(&context, &[point]);
            paper.strokes.update(|strokes| strokes.push(vec![point]));
            paper.drawing.set(true);
        }
    };
    let along = move |event: ev::PointerEvent| {
        if !paper.drawing.get_untracked() {
            return;
        }
        if let (Some(point), Some((_, context))) = (paper.point(&event), paper.context()) {
            paper.strokes.update(|strokes| {
                if let Some(stroke) = strokes.last_mut() {
                    let last = stroke.last().copied().unwrap_or(point);
                    line(&context, &[last, point]);
                    stroke.push(point);
                }
            });
        }
    };
    let up = move |_: ev::PointerEvent| {
        if paper.drawing.get_untracked() {
            paper.drawing.set(false);
            keep();
        }
    };
    let undo = move |_| {
        paper.strokes.update(|strokes| drop(strokes.pop()));
        paper.draw();
        keep();
    };
    let clear = move |_| {
        paper.strokes.set(Vec::new());
        paper.under.set_value(None);
        if let Some((canvas, _)) = paper.context() {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        paper.draw();
        keep();
    };
    let choose = Callback::new(move |coming: FileComing| {
        tell(Box::pin(async move {
            let photo = coming.await?;
            match paper.lay_file(&photo).await {
                Some(canvas) => picture::file_of(canvas, name.try_get_value()?, PNG).await,
                None => Some(photo),
            }
        }));
    });
    view! {
        <canvas class="paper" node_ref=paper.canvas width=width height=height role="img" aria-label=t(form::DRAW_HERE)
            on:pointerdown=down on:pointermove=along on:pointerup=up on:pointercancel=up></canvas>
        <div class="buttons">
            <button type="button" class="button" disabled=move || paper.strokes.read().is_empty() on:click=undo>{icon(lu::LuUndo2)}{t(form::UNDO)}</button>
            <button type="button" class="button" disabled=move || value.read().is_empty() on:click=clear>{icon(lu::LuTrash2)}{t(form::CLEAR)}</button>
        </div>
        <p class="quiet" role="status">{move || (!value.read().is_empty()).then(|| t(form::DRAWING_KEPT))}</p>
        <details class="guidance" open=marked>
            <summary>{t(file_says)}</summary>
            <label class="visually-hidden" for=parts.id.clone()>{t(file_says)}</label>
            {upload::chooser(&parts, choose)}
        </details>
    }
    .into_any()
}
