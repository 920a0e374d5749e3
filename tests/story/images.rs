//! With no network: one screen shows, another device's camera reads, both ways.

use std::time::Instant;

use anyhow::Result;
use vigie_e2e::browser::{PHONE, Role};
use vigie_e2e::camera::{self, hold_before};
use vigie_e2e::people::{Delegate, Office};
use vigie_e2e::wait::until;
use vigie_e2e::{Browser, Kind, Profile, Server};

/// Whether what shows and reads is kept on this device.
const KEPT: &str = "const done = arguments[arguments.length - 1];
    caches.match('/vigie-codes_bg.wasm').then((found) => done(!!found), () => done(false));";

/// What nobody types by hand, in the last field.
const PASTED: &str = "const field = Array.from(document.querySelectorAll('textarea')).pop();
    field.value = arguments[0];
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));";

async fn kept(browser: &Browser) -> Result<()> {
    browser.kept_for_offline().await?;
    until("what reads pictures, kept", async || {
        let kept = browser.run_async(KEPT, vec![]).await?;
        Ok(kept.as_bool().filter(|kept| *kept))
    })
    .await
    .map(drop)
}

/// The desk's page is loaded anew, with the network or without, and has a camera.
async fn begin_again(office: &Office) -> Result<()> {
    let Office { browser, words, .. } = office;
    browser.reload().await?;
    browser
        .fill(words.say("door.passphrase"), &office.passphrase)
        .await?;
    browser.press(words.say("door.unlock")).await?;
    browser.find(Role::Button, words.say("images.read")).await?;
    camera::connect(browser).await
}

#[tokio::test]
async fn shown_on_one_screen_and_read_by_the_camera_of_another_both_ways() -> Result<()> {
    let mut server = Server::start("images").await?;
    let office = Office::set_up(Browser::desk("images-office").await?, &server, "Bureau").await?;
    office.shared_mission("Tournée").await?;
    let link = office.invite("Ana").await?;
    let ana = Delegate::join(
        Kind::Chromium,
        Profile::new("images-ana")?,
        PHONE,
        "Ana",
        &link,
    )
    .await?;
    let (phone, words) = (&ana.browser, &ana.words);
    let desk = &office.browser;
    // While there is a network: who Ana is, and what shows and reads.
    office.fetch().await?;
    ana.tab("common.tab_sending").await?;
    kept(phone).await?;
    begin_again(&office).await?;
    camera::refuse(desk, "NotAllowedError").await?;
    desk.press(words.say("images.read")).await?;
    desk.see(words.say("images.camera_refused")).await?;
    camera::refuse(desk, "NotFoundError").await?;
    desk.press(words.say("images.again")).await?;
    desk.see(words.say("images.camera_absent")).await?;
    camera::connect(desk).await?;
    desk.press(words.say("images.again")).await?;
    kept(desk).await?;
    desk.press(words.say("images.stop")).await?;
    desk.gone(words.say("images.read_how")).await?;
    server.stop();

    // Words that nothing compresses much, so that there is something to show.
    let mut next = 1_u64;
    let mut word = || {
        next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:x}", next >> 20)
    };
    let text: Vec<String> = (0..2_500).map(|_| word()).collect();
    ana.type_note("Piquet à l’aube", "Beaucoup", "Codevi")
        .await?;
    phone.run(PASTED, vec![text.join(" ").into()]).await?;
    phone.press(words.say("kinds.note_finish")).await?;
    phone.find(Role::Button, words.say("carnet.add")).await?;
    ana.tab("common.tab_sending").await?;
    phone.press(words.say("images.show")).await?;
    phone.see(words.say("images.show_moves")).await?;
    phone.press(words.say("images.begin")).await?;

    // Cut in the middle on either side, and begun again.
    desk.press(words.say("images.read")).await?;
    let some = "return (document.querySelector('.codes progress')?.value ?? 0) >= arguments[0]";
    let gathered = async |n: u32| {
        let came = desk.run(some, vec![n.into()]).await?;
        Ok(came.as_bool() == Some(true))
    };
    hold_before(phone, desk, async || gathered(5).await).await?;
    begin_again(&office).await?;
    desk.press(words.say("images.read")).await?;
    hold_before(phone, desk, async || gathered(3).await).await?;
    phone.press(words.say("images.stop")).await?;
    phone.press(words.say("images.begin")).await?;
    let read = words.count("images.n_read", 1);
    let began = Instant::now();
    let held = hold_before(phone, desk, async || Ok(desk.has(Role::Text, &read).await)).await?;
    println!(
        "read in {:.1} s, of {held} pictures",
        began.elapsed().as_secs_f64()
    );
    desk.see(words.say("desk.verdict_accepted")).await?;

    // Shown again: there already.
    desk.press(words.say("images.read")).await?;
    hold_before(phone, desk, async || Ok(desk.has(Role::Text, &read).await)).await?;
    desk.see(words.say("desk.verdict_already")).await?;
    office.go("entries").await?;
    let one = [("shown", "1"), ("all", "1")];
    desk.see(&words.fill("desk.of_total", &one)).await?;

    // The other way: the office's word, to a phone that has no network.
    office.go("inbox").await?;
    camera::connect(desk).await?;
    desk.press(words.say("images.read")).await?;
    hold_before(phone, desk, async || Ok(desk.has(Role::Text, &read).await)).await?;
    phone.press(words.say("images.stop")).await?;
    desk.press(words.say("images.confirm")).await?;
    phone.press(words.say("images.take")).await?;
    camera::connect(phone).await?;
    let begin = async || phone.press(words.say("images.read")).await;
    begin().await?;
    let confirmed = words.count("images.n_confirmed", 1);
    hold_before(desk, phone, async || {
        Ok(phone.has(Role::Text, &confirmed).await)
    })
    .await?;
    begin().await?;
    let before = words.say("images.confirmed_before");
    hold_before(desk, phone, async || {
        Ok(phone.has(Role::Text, before).await)
    })
    .await?;
    ana.strip_says(1, "received").await?;
    ana.tab("common.tab_sending").await?;
    phone.see(words.say("envoi.all_received")).await?;
    phone.press(words.say("images.show")).await?;
    phone.press(words.say("images.begin")).await?;
    phone.see(words.say("envoi.nothing_to_save")).await?;

    // By the network too: nothing twice.
    server.restart().await?;
    ana.send().await?;
    office.fetch().await?;
    office.go("entries").await?;
    desk.see(&words.fill("desk.of_total", &one)).await?;
    ana.strip_says(1, "received").await?;
    ana.browser.close().await?;
    office.browser.close().await.map(drop)
}

#[tokio::test]
async fn what_one_phone_shows_or_saves_another_carries_to_the_network() -> Result<()> {
    let mut server = Server::start("carried").await?;
    let office = Office::set_up(Browser::desk("carried-office").await?, &server, "Bureau").await?;
    office.shared_mission("Tournée").await?;
    let joins = async |name: &str, profile: &str| {
        let link = office.invite(name).await?;
        let profile = Profile::new(profile)?;
        Delegate::join(Kind::Chromium, profile, PHONE, name, &link).await
    };
    let ana = joins("Ana", "carried-ana").await?;
    let luc = joins("Luc", "carried-luc").await?;
    let words = &ana.words;
    // Each is named to the other while there is a network, and has what shows and reads.
    ana.contact("Rosa D.", "Codevi", "").await?;
    ana.send().await?;
    ana.strip_says(1, "stored").await?;
    luc.send().await?;
    office.fetch().await?;
    luc.contact_will_arrive("Rosa D.").await?;
    luc.contact("Wilson", "Codevi", "").await?;
    luc.send().await?;
    ana.contact_will_arrive("Wilson").await?;
    for phone in [&ana.browser, &luc.browser] {
        kept(phone).await?;
    }
    server.stop();

    ana.note("Vu à Ouanaminthe", "Peu", "Codevi").await?;
    ana.tab("common.tab_sending").await?;
    ana.browser.press(words.say("images.show")).await?;
    ana.browser.press(words.say("images.begin")).await?;
    luc.tab("common.tab_sending").await?;
    luc.browser.press(words.say("images.take")).await?;
    camera::connect(&luc.browser).await?;
    luc.browser.press(words.say("images.read")).await?;
    let taken = words.count("images.n_taken", 1);
    hold_before(&ana.browser, &luc.browser, async || {
        Ok(luc.browser.has(Role::Text, &taken).await)
    })
    .await?;
    luc.browser.see(&words.count("images.n_of_team", 1)).await?;

    // The same as a file: nothing twice. Something else is nothing.
    ana.browser.press(words.say("images.stop")).await?;
    ana.tab("common.tab_sending").await?;
    ana.browser.press(words.say("envoi.save_file")).await?;
    let file = ana.browser.saved_file("vigie-").await?;
    let field = words.say("images.take_file");
    luc.browser.upload(field, &file).await?;
    luc.browser.see(words.say("images.taken_before")).await?;
    let other = file.with_file_name("autre.txt");
    std::fs::write(&other, "rien de scellé")?;
    luc.browser.upload(field, &other).await?;
    luc.browser.see(words.say("images.nothing_taken")).await?;

    // His phone goes dead, and has it still.
    let luc = luc.battery_dies(Kind::Chromium, PHONE).await?;
    luc.strip_says(2, "team").await?;
    luc.tab("common.tab_sending").await?;
    luc.browser.see(words.say("envoi.carried")).await?;
    server.restart().await?;
    luc.send().await?;
    luc.browser.see(&words.count("envoi.n_brought", 1)).await?;
    luc.browser.gone(words.say("envoi.drop")).await?;
    office.fetch().await?;
    office.go("entries").await?;
    let all = [("shown", "3"), ("all", "3")];
    office
        .browser
        .see(&words.fill("desk.of_total", &all))
        .await?;

    // She hears of it, and brings nothing twice.
    ana.send().await?;
    ana.strip_says(2, "received").await?;
    office.fetch().await?;
    office.go("entries").await?;
    office
        .browser
        .see(&words.fill("desk.of_total", &all))
        .await?;
    for browser in [ana.browser, luc.browser, office.browser] {
        browser.close().await?;
    }
    Ok(())
}
