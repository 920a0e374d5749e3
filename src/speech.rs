//! Reading a question aloud, where the phone has a voice for its language: one of its own, for others send the text to
//! whoever speaks it.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{SpeechSynthesis, SpeechSynthesisUtterance, SpeechSynthesisVoice};

fn speech() -> Option<SpeechSynthesis> {
    Reflect::get(&window(), &JsValue::from_str("speechSynthesis"))
        .ok()?
        .dyn_into()
        .ok()
}

fn voice(lang: &str) -> Option<SpeechSynthesisVoice> {
    let family = |tag: &str| {
        tag.split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    speech()?
        .get_voices()
        .iter()
        .filter_map(|voice| voice.dyn_into::<SpeechSynthesisVoice>().ok())
        .find(|voice| voice.local_service() && family(&voice.lang()) == family(lang))
}

/// Whether something can be read aloud in this language.
pub fn can_say(lang: &str) -> bool {
    voice(lang).is_some()
}

/// Reads aloud, in place of what was being read.
pub fn say(text: &str, lang: &str) {
    let (Some(speech), Some(voice)) = (speech(), voice(lang)) else {
        return;
    };
    speech.cancel();
    if let Ok(utterance) = SpeechSynthesisUtterance::new_with_text(text) {
        utterance.set_lang(&voice.lang());
        utterance.set_voice(Some(&voice));
        speech.speak(&utterance);
    }
}

pub fn hush() {
    if let Some(speech) = speech() {
        speech.cancel();
    }
}
