//! What a body is wrapped in, one layer over the other: each takes bytes off the one before and gives on what is in them.

use bytes::Bytes;

use super::UnwrappingError;

/// About how much a layer gives on at a time, however much is in what it was given.
pub const PORTION: usize = 64 * 1024;

/// Room for what so much may become: little for a body that comes in drops.
pub fn room(input: usize) -> Vec<u8> {
    vec![0; input.saturating_mul(64).saturating_add(1024).min(PORTION)]
}

pub trait Layer: Send {
    /// Takes from `input` what it can make something of, and answers with that; with nothing when it needs more. `ended`:
    /// nothing will come after `input`. Then taking nothing and answering with nothing is the end.
    fn step(&mut self, input: &mut Bytes, ended: bool) -> Result<Bytes, UnwrappingError>;
}

/// The layers of a body, the outermost first. A layer is asked only once the next can do nothing with what it was given, so
/// each holds a portion.
#[derive(Default)]
pub struct Layers {
    places: Vec<Place>,
    /// What is to be given on.
    ready: Bytes,
}

struct Place {
    layer: Box<dyn Layer>,
    /// What it has yet to take.
    input: Bytes,
    /// Nothing will come after that.
    ended: bool,
    /// It may have something to give without being given more.
    busy: bool,
}

impl Layers {
    pub fn new(layers: Vec<Box<dyn Layer>>) -> Self {
        let place = |layer| Place { layer, input: Bytes::new(), ended: false, busy: false };
        Layers { places: layers.into_iter().map(place).collect(), ready: Bytes::new() }
    }

    /// Puts in what came next; only when [`Layers::take`] gave nothing.
    pub fn put(&mut self, bytes: Bytes) {
        match self.places.first_mut() {
            Some(first) => first.put(bytes),
            None => self.ready = bytes,
        }
    }

    /// Nothing more comes.
    pub fn end(&mut self) {
        self.places.first_mut().into_iter().for_each(Place::end);
    }

    /// The next bytes of what is in all the layers; none when more must be put in, or at the end.
    pub fn take(&mut self) -> Result<Option<Bytes>, UnwrappingError> {
        while self.ready.is_empty() {
            let Some(busy) = self.places.iter().rposition(|place| place.busy) else { return Ok(None) };
            self.advance(busy)?;
        }
        Ok(Some(std::mem::take(&mut self.ready)))
    }

    fn advance(&mut self, index: usize) -> Result<(), UnwrappingError> {
        let (upto, after) = self.places.split_at_mut(index + 1);
        let Some(place) = upto.last_mut() else { return Ok(()) };
        let before = place.input.len();
        let given = place.layer.step(&mut place.input, place.ended)?;
        place.busy = !given.is_empty() || place.input.len() < before;
        let is_over = place.ended && !place.busy;
        match after.first_mut() {
            Some(next) if is_over => next.end(),
            Some(next) => next.put(given),
            None => self.ready = given,
        }
        Ok(())
    }
}

impl Place {
    fn put(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.busy = true;
            // A layer leaves no more of its input than the little it needs to see at once.
            self.input = match self.input.is_empty() {
                true => bytes,
                false => [self.input.as_ref(), bytes.as_ref()].concat().into(),
            };
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.busy = true;
    }
}
