//! Splitting messages: a body goes in chunk by chunk, its transactions come out.

use std::sync::Arc;

use wasmtime::component::ResourceAny;

use super::config::Config;
use super::crash::Crash;
use super::figures::Used;
use super::identity::Identity;
use super::latest::Latest;
use super::limits::Limit;
use super::live::Live;
use super::load_error::LoadError;
use super::module::Module;
use super::rejection;
use super::slot::{Exchange, Slot};
use super::warm::Warm;
use super::window::Window;
use crate::contract::splitter::Splitter;
use crate::contract::{Message, Progress, Purpose, Rejection, SplitTransaction};
use crate::fault::{Fault, Faulty};

/// Longest chunk a splitter is given (`wit/splitter.wit`).
const CHUNK: usize = 64 * 1024;
/// Longest body that is kept to try a successor on.
const LONGEST_SAMPLE: usize = 64 * 1024;

/// A splitter module and its warm instances, shared by all messages.
#[derive(Clone)]
pub struct Splitters(Arc<Warm<Splitter>>);

/// One message being split. Dropped, it gives its instance back.
pub struct Splitting {
    splitters: Splitters,
    /// Empty after a crash: the instance is gone.
    live: Option<Live<Splitter>>,
    resource: ResourceAny,
    window: Window,
    message_name: Option<String>,
    /// The message so far, where it is to be kept, and where.
    recording: Option<(Sample, Arc<Latest<Sample>>)>,
}

/// A whole message.
#[derive(Debug, Clone)]
pub struct Sample {
    message: Message,
    body: Vec<u8>,
}

/// A transaction as it was cut out of its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub purpose: Purpose,
    pub document: String,
    pub ordering_key: String,
    pub record_types: Vec<String>,
    pub topic: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    #[error("{}", .0.reason)]
    Rejected(Rejection),
    #[error("a transaction is larger than {0} bytes")]
    TooLarge(usize),
    #[error(transparent)]
    Crashed(#[from] Crash),
}

impl Faulty for SplitError {
    fn fault(&self) -> Fault {
        match self {
            SplitError::Rejected(_) | SplitError::TooLarge(_) => Fault::Sender,
            SplitError::Crashed(crash) => crash.fault(),
        }
    }
}

impl Slot<Splitters> {
    /// Has the splitter in use split a message, to its end, and keeps the message when it is small.
    pub fn open(&self, message: &Message) -> Result<Splitting, Crash> {
        let mut splitting = self.get().open(message)?;
        if self.source.has_files() {
            let sample = Sample { message: message.clone(), body: Vec::new() };
            splitting.recording = Some((sample, self.latest.clone()));
        }
        Ok(splitting)
    }
}

impl Exchange for Splitters {
    type Input = Sample;
    const LATEST: (usize, usize) = (8, 8 * LONGEST_SAMPLE);

    fn start(module: Module, config: &Config) -> Result<Self, LoadError> {
        Ok(Splitters(Arc::new(Warm::new(module, config)?)))
    }

    fn identity(&self) -> &Identity {
        self.0.identity()
    }

    fn config(&self) -> &str {
        self.0.config()
    }

    fn take_up(&self) {
        self.0.take_up();
    }

    fn try_on(&self, samples: &[Sample]) -> Result<(), Crash> {
        samples.iter().try_for_each(|sample| match self.split(sample) {
            Err(SplitError::Crashed(crash)) => Err(crash),
            _ => Ok(()),
        })
    }
}

impl Splitters {
    pub fn used(&self) -> Used {
        let mut used = Used::default();
        self.0.count(|tally| used = tally.used());
        used
    }

    pub fn open(&self, message: &Message) -> Result<Splitting, Crash> {
        self.0.count(|tally| _ = tally.inputs.inc());
        let (live, resource) = self.begin(message).inspect_err(|crash| self.0.count(|tally| tally.crashed(crash)))?;
        let window = Window::new(self.0.limits().output.0);
        Ok(Splitting {
            splitters: self.clone(),
            live: Some(live),
            resource,
            window,
            message_name: None,
            recording: None,
        })
    }

    fn split(&self, sample: &Sample) -> Result<(), SplitError> {
        let mut splitting = self.open(&sample.message)?;
        splitting.push(&sample.body)?;
        splitting.finish().map(drop)
    }

    fn begin(&self, message: &Message) -> Result<(Live<Splitter>, ResourceAny), Crash> {
        let mut live = self.0.take()?;
        let resource = live.call(|world, store| splitting(world).call_constructor(store, message))?;
        Ok((live, resource))
    }

    fn count(&self, answer: &Result<Vec<Found>, SplitError>) {
        self.0.count(|tally| match answer {
            Ok(found) => _ = tally.outputs.inc_by(found.len() as u64),
            Err(SplitError::Crashed(crash)) => tally.crashed(crash),
            Err(_) => _ = tally.rejections.inc(),
        });
    }
}

impl Splitting {
    /// The next bytes of the body; the transactions that ended in them.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Found>, SplitError> {
        self.record(bytes);
        let mut found = Vec::new();
        for chunk in bytes.chunks(CHUNK) {
            let answer = self.push_chunk(chunk);
            self.splitters.count(&answer);
            found.extend(answer?);
        }
        Ok(found)
    }

    fn push_chunk(&mut self, chunk: &[u8]) -> Result<Vec<Found>, SplitError> {
        self.window.push(chunk).map_err(SplitError::TooLarge)?;
        let resource = self.resource;
        let progress = self.call(|world, store| splitting(world).call_push(store, resource, chunk))?;
        Ok(self.take_in(progress)?)
    }

    /// The body has ended.
    pub fn finish(&mut self) -> Result<Vec<Found>, SplitError> {
        let resource = self.resource;
        let progress = self.call(|world, store| splitting(world).call_finish(store, resource));
        let found = progress.and_then(|progress| Ok(self.take_in(progress)?));
        self.splitters.count(&found);
        if let Some((sample, latest)) = self.recording.take()
            && !matches!(found, Err(SplitError::Crashed(_)))
        {
            latest.add(sample.body.len(), sample);
        }
        found
    }

    /// Which splitter it is.
    pub fn module(&self) -> &Identity {
        self.splitters.identity()
    }

    /// How many bytes of the body it holds on to.
    pub fn held(&self) -> usize {
        self.window.held()
    }

    /// The name the document gives the message, once it has been read.
    pub fn message_name(&self) -> Option<&str> {
        self.message_name.as_deref()
    }

    fn record(&mut self, bytes: &[u8]) {
        let fits = |(sample, _): &mut (Sample, _)| sample.body.len() + bytes.len() <= LONGEST_SAMPLE;
        self.recording = self.recording.take_if(fits);
        if let Some((sample, _)) = &mut self.recording {
            sample.body.extend_from_slice(bytes);
        }
    }

    fn call(
        &mut self,
        call: impl FnOnce(&Splitter, &mut wasmtime::Store<super::guest::Guest>) -> wasmtime::Result<Answer>,
    ) -> Result<Progress, SplitError> {
        let Some(live) = self.live.as_mut() else {
            return Err(Crash::breach(self.splitters.identity(), "used after it failed").into());
        };
        match live.call(call) {
            Ok(answer) => answer.map_err(|refused| SplitError::Rejected(rejection::plain(refused))),
            Err(crash) => {
                self.live = None;
                Err(crash.into())
            }
        }
    }

    /// An instance whose answer is refused is not used again.
    fn take_in(&mut self, progress: Progress) -> Result<Vec<Found>, Crash> {
        self.try_take_in(progress).inspect_err(|_| self.live = None)
    }

    fn try_take_in(&mut self, progress: Progress) -> Result<Vec<Found>, Crash> {
        let identity = self.splitters.identity();
        let limits = self.splitters.0.limits();
        if progress.transactions.len() > limits.items {
            return Err(Crash::past(Limit::Items, identity, limits));
        }
        if progress.message_name.is_some() {
            self.message_name = progress.message_name;
        }
        let found = self.assemble_all(progress.transactions)?;
        self.window.forget_before(progress.needed_from).map_err(|what| Crash::breach(identity, what))?;
        Ok(found)
    }
}

impl Splitting {
    /// Spans may overlap, and so a small answer may stand for much: it is measured as it is put together.
    fn assemble_all(&self, transactions: Vec<SplitTransaction>) -> Result<Vec<Found>, Crash> {
        let (identity, limits) = (self.splitters.identity(), self.splitters.0.limits());
        let mut room = limits.output.0;
        let mut found = Vec::with_capacity(transactions.len());
        for transaction in transactions {
            let one = assemble(&self.window, transaction).map_err(|what| Crash::breach(identity, what))?;
            let left = room.checked_sub(one.document.len());
            room = left.ok_or_else(|| Crash::past(Limit::Output, identity, limits))?;
            found.push(one);
        }
        Ok(found)
    }
}

impl Drop for Splitting {
    fn drop(&mut self) {
        let Some(mut live) = self.live.take() else { return };
        let resource = self.resource;
        if live.call(|_, store| resource.resource_drop(store)).is_ok() {
            self.splitters.0.give(live);
        }
    }
}

type Answer = Result<Progress, Rejection>;

fn splitting(
    world: &Splitter,
) -> crate::contract::splitter::exports::ps_stream::transform::splitting::GuestSplitter<'_> {
    world.ps_stream_transform_splitting().splitter()
}

fn assemble(window: &Window, transaction: SplitTransaction) -> Result<Found, String> {
    let document = window.assemble(&transaction.pieces)?;
    let document = String::from_utf8(document).map_err(|_| "a transaction that is not UTF-8".to_owned())?;
    if document.is_empty() {
        return Err("an empty transaction".into());
    }
    Ok(Found {
        purpose: transaction.purpose,
        document,
        ordering_key: transaction.ordering_key,
        record_types: transaction.record_types,
        topic: transaction.topic,
    })
}

impl std::fmt::Debug for Splitters {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Splitters").field(self.identity()).finish()
    }
}

impl std::fmt::Debug for Splitting {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Splitting").field("window", &self.window).finish_non_exhaustive()
    }
}
