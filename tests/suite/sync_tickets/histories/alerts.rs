//! What happens in Acronis: alerts are raised, told anew and ended.

use super::super::details;
use super::story::Story;

impl Story {
    pub(super) fn alerts_happen(&mut self) {
        let at = self.dice.roll(self.model.keys.len());
        let house = self.model.keys[at].house;
        match self.dice.roll(24) {
            0..=2 => self.storm(house),
            3..=6 => self.calm(house),
            _ => self.one_alert(at),
        }
    }

    fn one_alert(&mut self, at: usize) {
        let (which, what, retell) = (self.dice.roll(100), self.dice.roll(8), self.dice.one_in(3));
        let key = &self.model.keys[at];
        if key.alerts.is_empty() {
            return self.raise(at, true);
        }
        let wanted = |active: bool| {
            let all = key.alerts.iter().enumerate();
            let fitting: Vec<usize> = all
                .filter(|(_, one)| one.active == active)
                .map(|(n, _)| n)
                .collect();
            (!fitting.is_empty()).then(|| fitting[which % fitting.len()])
        };
        let (active, ended) = (wanted(true), wanted(false));
        match (active, ended, what) {
            (Some(alert), _, 0..=3) => self.end(at, alert),
            (Some(alert), _, 4..=6) => self.change(at, alert),
            (None, Some(alert), 0..=3) => self.raise_again(at, alert, retell),
            (_, _, _) => self.raise(at, retell),
        }
    }

    /// Everything at a customer breaks at once.
    fn storm(&mut self, house: usize) {
        self.count("storms");
        for at in self.keys_of(house) {
            let again = self.dice.one_in(2);
            let key = &self.model.keys[at];
            let last = key.alerts.iter().rposition(|alert| !alert.active);
            match last {
                _ if key.is_active() => {}
                Some(alert) if again => self.raise_again(at, alert, false),
                Some(_) | None => self.raise(at, true),
            }
        }
    }

    /// Everything at a customer is well again.
    fn calm(&mut self, house: usize) {
        self.count("everything ended at once");
        for at in self.keys_of(house) {
            for alert in 0..self.model.keys[at].alerts.len() {
                if self.model.keys[at].alerts[alert].active {
                    self.end(at, alert);
                }
            }
        }
    }

    fn keys_of(&self, house: usize) -> Vec<usize> {
        let all = self.model.keys.iter().enumerate();
        all.filter(|(_, key)| key.house == house)
            .map(|(at, _)| at)
            .collect()
    }

    fn text(&mut self, at: usize, anew: bool) -> usize {
        let key = &mut self.model.keys[at];
        key.texts += usize::from(anew);
        key.texts
    }

    fn raise(&mut self, at: usize, anew: bool) {
        let text = self.text(at, anew);
        let severity = *self.dice.pick(&["error", "critical", "warning"]);
        let key = &self.model.keys[at];
        let what = match (key.is_active(), key.alerts.is_empty()) {
            (true, _) => "raised beside another",
            (false, true) => "raised",
            (false, false) => "raised again with a new id",
        };
        let tenant = &self.model.houses[key.house].tenant;
        let words = details(&key.name, &format!("reason {text}"));
        let id = self.bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            let tenant = cloud.tenant_by_name(tenant).unwrap();
            cloud.raise_alert(&tenant, "BackupFailed", "Backup", severity, words)
        });
        self.note(what, at, key.alerts.len(), text);
        self.model.raised(at, id, text, self.now);
    }

    fn raise_again(&mut self, at: usize, alert: usize, anew: bool) {
        let text = if anew {
            self.text(at, true)
        } else {
            self.model.keys[at].alerts[alert].text
        };
        self.set(at, alert, text, true);
        self.note("raised again with the same id", at, alert, text);
        self.model.raised_again(at, alert, text, self.now);
    }

    fn change(&mut self, at: usize, alert: usize) {
        let text = self.text(at, true);
        self.set(at, alert, text, false);
        self.note("changed", at, alert, text);
        self.model.changed(at, alert, text, self.now);
    }

    fn set(&self, at: usize, alert: usize, text: usize, again: bool) {
        let key = &self.model.keys[at];
        let id = &key.alerts[alert].id;
        let words = details(&key.name, &format!("reason {text}"));
        self.bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            assert!(!again || cloud.re_raise(id));
            assert!(cloud.change_alert(id, words));
        });
    }

    fn end(&mut self, at: usize, alert: usize) {
        let id = self.model.keys[at].alerts[alert].id.clone();
        let known = self
            .bench
            .sandbox
            .with_world(|world| world.cloud(None).unwrap().end_alert(&id));
        assert!(known);
        self.note("ended", at, alert, 0);
        self.model.ended(at, alert, self.now);
    }

    fn note(&mut self, what: &'static str, at: usize, alert: usize, text: usize) {
        self.count(what);
        let name = &self.model.keys[at].name;
        let line = format!("alert {alert} of {name} {what} (text {text})");
        self.tell(&line);
    }
}
