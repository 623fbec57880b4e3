//! The services on 127.0.0.1, each account on an address of its own.

use std::collections::HashMap;
use std::io::{self, BufReader, Read as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::faults::Fault;
use crate::gate::Watch;
use crate::stage::{Reply, Saved, Service, Stage};
use crate::visits::Visit;
use crate::{World, config, wire};

/// A running pair of services over one world. They stop when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    stage: Arc<Stage>,
    doors: Vec<Door>,
    guests: Arc<Guests>,
}

/// One listening address.
#[derive(Debug)]
struct Door {
    service: Service,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

/// The open connections.
#[derive(Debug, Default)]
struct Guests {
    closing: AtomicBool,
    last_id: AtomicU64,
    streams: Mutex<HashMap<u64, TcpStream>>,
    /// Told whenever one left.
    left: Condvar,
}

impl Guests {
    fn streams(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all are gone.
    fn wait_for_none(&self) {
        let mut streams = self.streams();
        while !streams.is_empty() {
            streams = self
                .left
                .wait(streams)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Sandbox {
    /// Serves a world whose clock stands still until it is moved.
    ///
    /// # Panics
    /// When no address on 127.0.0.1 can be had.
    #[must_use]
    pub fn start(world: World) -> Self {
        let stage = Arc::new(Stage::new(world));
        let guests = Arc::new(Guests::default());
        let accounts = stage.accounts().len();
        let doors: Vec<Door> = (0..accounts)
            .map(Service::Acronis)
            .chain([Service::Autotask, Service::Control])
            .map(|service| {
                Door::open(service, &stage, &guests).expect("an address on 127.0.0.1 is free")
            })
            .collect();
        let sandbox = Self {
            stage,
            doors,
            guests,
        };
        let origin = sandbox.origin(Service::Autotask);
        sandbox.stage.world().autotask.origin = origin;
        sandbox
    }

    /// Base address of one Acronis account, without a trailing slash.
    ///
    /// # Panics
    /// When there is no account of this name.
    #[must_use]
    pub fn acronis_url(&self, account: &str) -> String {
        let mut names = self.stage.accounts().iter();
        let at = names.position(|name| name == account);
        let at = at.unwrap_or_else(|| panic!("the sandbox has no Acronis account '{account}'"));
        self.origin(Service::Acronis(at))
    }

    /// Names of the Acronis accounts.
    #[must_use]
    pub fn accounts(&self) -> &[String] {
        self.stage.accounts()
    }

    /// Base address of the Autotask zone, as the zone answer gives it: with a trailing slash and
    /// without a version.
    #[must_use]
    pub fn autotask_url(&self) -> String {
        format!("{}/ATServicesRest/", self.origin(Service::Autotask))
    }

    /// Base address of the control calls, without a trailing slash.
    #[must_use]
    pub fn control_url(&self) -> String {
        self.origin(Service::Control)
    }

    /// Looks at the world, or changes it behind the services' backs.
    pub fn with_world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.stage.world())
    }

    /// Every request seen so far, in order of arrival.
    #[must_use]
    pub fn visits(&self) -> Vec<Visit> {
        self.stage.visits.after(0)
    }

    /// The requests that were made to change something, refused ones too.
    #[must_use]
    pub fn writes(&self) -> Vec<Visit> {
        let mut visits = self.visits();
        visits.retain(|visit| visit.write);
        visits
    }

    /// The most requests ever answered at once by one data centre (`acronis`) or for one Autotask
    /// entity (`autotask`).
    #[must_use]
    pub fn in_flight_max(&self, service: &str) -> u32 {
        let visits = self.visits();
        let of_service = visits.iter().filter(|visit| visit.service == service);
        of_service.map(|visit| visit.in_flight).max().unwrap_or(0)
    }

    /// For waiting until a request is held by an order such as [`crate::Kind::HeldBefore`].
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(&self.stage)
    }

    /// Lets go of all requests that are held.
    pub fn let_go(&self) {
        self.stage.gate.let_go();
    }

    /// Lets go of all requests that are held and waits until nothing is under way any more, also
    /// what a client sent before it ended. For when all clients have ended.
    pub fn settle(&self) {
        self.let_go();
        for door in &self.doors {
            // Connections are taken in the order of their coming: once this one was taken and left
            // again, all before it were taken, too.
            if let Ok(mut last) = TcpStream::connect(door.address) {
                drop(last.shutdown(Shutdown::Write));
                drop(last.read(&mut [0]));
            }
        }
        self.guests.wait_for_none();
    }

    /// Everything as it is now: the world, the faults in force and the requests seen. For when no
    /// client is running and nothing is held.
    #[must_use]
    pub fn save(&self) -> Saved {
        self.stage.save()
    }

    /// Makes everything what it was, under the same condition.
    pub fn restore(&self, saved: &Saved) {
        self.stage.restore(saved);
    }

    /// Forgets the requests seen so far.
    pub fn clear_visits(&self) {
        self.stage.visits.clear();
    }

    /// Orders a fault; its number.
    pub fn fault(&self, fault: Fault) -> u64 {
        self.stage.faults().add(fault)
    }

    /// Takes all faults back.
    pub fn clear_faults(&self) {
        self.stage.faults().clear();
    }

    /// Holds every request up by this much.
    pub fn set_latency_ms(&self, latency_ms: u64) {
        self.stage.set_latency_ms(latency_ms);
    }

    /// Lets the world's clock run with real time, or stand still.
    pub fn set_ticking(&self, ticking: bool) {
        self.stage.set_ticking(ticking);
    }

    /// Writes a configuration for acrotask, with its secrets beside it; its path.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write_config(&self, dir: &Path) -> io::Result<PathBuf> {
        let accounts: Vec<(String, String)> = self
            .accounts()
            .iter()
            .map(|name| (name.clone(), self.acronis_url(name)))
            .collect();
        self.with_world(|world| config::write(dir, world, &accounts, &self.autotask_url()))
    }

    fn origin(&self, service: Service) -> String {
        let mut doors = self.doors.iter();
        doors
            .find(|door| door.service == service)
            .map_or_else(String::new, |door| format!("http://{}", door.address))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.guests.closing.store(true, Ordering::SeqCst);
        self.stage.gate.open();
        for door in &mut self.doors {
            // A caller wakes the thread that waits for one.
            drop(TcpStream::connect(door.address));
            if let Some(thread) = door.thread.take() {
                drop(thread.join());
            }
        }
        for stream in self.guests.streams().values() {
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

impl Door {
    fn open(service: Service, stage: &Arc<Stage>, guests: &Arc<Guests>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (stage, guests) = (Arc::clone(stage), Arc::clone(guests));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if guests.closing.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    receive(stream, service, &stage, &guests);
                }
            }
        });
        Ok(Self {
            service,
            address,
            thread: Some(thread),
        })
    }
}

/// Gives a connection a thread of its own.
fn receive(stream: TcpStream, service: Service, stage: &Arc<Stage>, guests: &Arc<Guests>) {
    let Ok(known) = stream.try_clone() else {
        return;
    };
    let id = guests.last_id.fetch_add(1, Ordering::Relaxed);
    guests.streams().insert(id, known);
    let (stage, guests) = (Arc::clone(stage), Arc::clone(guests));
    std::thread::spawn(move || {
        let leaving = Leaving { guests, id };
        // A connection that breaks is the client's to notice.
        drop(converse(stream, service, &stage));
        drop(leaving);
    });
}

/// Takes a connection off the list and closes it, even if a face panicked.
struct Leaving {
    guests: Arc<Guests>,
    id: u64,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Some(stream) = self.guests.streams().remove(&self.id) {
            drop(stream.shutdown(Shutdown::Both));
        }
        self.guests.left.notify_all();
    }
}

/// Answers one request after the other until either side has had enough.
fn converse(stream: TcpStream, service: Service, stage: &Stage) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = wire::read(&mut reader)? {
        let hang_up = || drop(writer.shutdown(Shutdown::Both));
        let reply = stage.respond(service, &request.call, &request.raw_query, &hang_up);
        match reply {
            Reply::Answer(answer) => wire::write(&mut writer, &answer, request.keep_alive)?,
            Reply::Cut => return Ok(()),
        }
        if !request.keep_alive {
            return Ok(());
        }
    }
    Ok(())
}
