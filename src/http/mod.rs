//! What any SaaS client needs; knows neither Acronis nor Autotask.
//!
//! A vendor's client builds [`Request`]s, sends them through the one [`Transport`] on its own
//! [`Channel`] (pace, counter, and the way that vendor words its errors), and gets a [`Response`] or a
//! typed [`Failure`] back. Lists come as [`Pages`].

mod circuit_breaker;
mod classify;
mod clients;
mod decode;
mod failure;
mod fan_out;
mod limits;
mod pages;
mod redact;
mod request;
mod retry;
#[cfg(test)]
pub(crate) mod script;
mod settings;
mod transport;
mod wait_budget;

pub(crate) use classify::{Dialect, VendorError};
pub(crate) use failure::{Effect, Failure, FailureKind};
pub(crate) use fan_out::{fan_out, run_together};
pub(crate) use limits::{RequestMeter, Reservation};
pub(crate) use pages::{Page, Pages, same_origin};
pub(crate) use request::{RepeatPolicy, Request, Response};
pub(crate) use reqwest::{Method, Url};
pub(crate) use retry::{RealSleeper, RetrySchedule, Sleeper};
pub(crate) use settings::HttpSettings;
pub(crate) use transport::{Channel, Transport, is_loopback};
