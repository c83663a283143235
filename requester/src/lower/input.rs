//! How the bytes of a view become the numbers that the model reads.

use crate::float::{INPUT, Map, Term};
use crate::graph::{Builder, Value};
use crate::onnx::{Input, Refusal, types};
use duces_protocol::view::{Kind, View};

/// `x = scale·byte + offset`, rearranged to the shape of the model's input.
#[derive(Clone, Debug, PartialEq)]
pub struct InputRule {
    /// `[channels, height, width]` or `[features]`, as the view stores it.
    view: Vec<usize>,
    /// The model's input shape, batch axis included.
    shape: Vec<usize>,
    /// `scale`, one per channel.
    scale: Vec<f64>,
    /// `offset`, one per channel.
    offset: Vec<f64>,
    /// For each element of the model's input, its place in the view.
    order: Vec<u32>,
    /// Whether the model's weights are hidden, so that no table may hold them.
    hides_weights: bool,
}

impl InputRule {
    /// Fits a view to the model's input. `scale` and `offset` have one value, or one per channel, or
    /// none for the defaults: 1/255 and 0 for images, 1 and 0 for text and where the model reads
    /// integers.
    ///
    /// # Errors
    /// When the shapes do not fit, or the input's type does not hold the numbers.
    pub fn new(view: View, input: &Input, scale: &[f64], offset: &[f64]) -> Result<Self, Refusal> {
        let own = view.shape();
        let channels = if own.len() == 3 { own[0] } else { 1 };
        let whole = types::is_integer(input.element_type);
        let default = if view.kind() == Kind::Image && !whole {
            1.0 / 255.0
        } else {
            1.0
        };
        let spread = |what: &str, given: &[f64], default: f64| match given {
            [] => Ok(vec![default; channels]),
            [one] => Ok(vec![*one; channels]),
            list if list.len() == channels => Ok(list.to_vec()),
            list => Err(Refusal::new(
                format!(
                    "{} values are given for {what}, {view} has {channels} channel(s)",
                    list.len()
                ),
                "give one value, or one per channel, separated by commas",
            )),
        };
        let with_batch: Vec<usize> = std::iter::once(1).chain(own.iter().copied()).collect();
        let shape = input.shape.clone().unwrap_or(with_batch);
        let order = order(&own, &shape).ok_or_else(|| misfit(view, &shape))?;
        let scale = spread("--input-scale", scale, default)?;
        let offset = spread("--input-offset", offset, 0.0)?;
        representable(input.element_type, &scale, &offset)?;
        Ok(Self {
            scale,
            offset,
            view: own,
            shape,
            order,
            hides_weights: false,
        })
    }

    /// The same for a model whose weights are hidden: tables are public, so none may hold them.
    #[must_use]
    pub fn hiding_weights(self) -> Self {
        Self {
            hides_weights: true,
            ..self
        }
    }

    /// Whether no table may hold weights of the model.
    #[must_use]
    pub fn hides_weights(&self) -> bool {
        self.hides_weights
    }

    /// The rule for checking a model without a view: bytes in the model's own order.
    #[must_use]
    pub fn plain(shape: &[usize]) -> Self {
        let len: usize = shape.iter().product();
        Self {
            view: vec![len],
            shape: shape.to_vec(),
            scale: vec![1.0 / 255.0],
            offset: vec![0.0],
            order: (0..).take(len).collect(),
            hides_weights: false,
        }
    }

    /// Bytes of the view.
    #[must_use]
    pub fn len(&self) -> usize {
        self.view.iter().product()
    }

    /// Whether the view has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the nodes that turn bytes into the model's input.
    ///
    /// # Errors
    /// When the input is too large.
    pub fn lower(&self, builder: &mut Builder) -> Result<Value, Refusal> {
        let len = self.len();
        let plane = len / self.scale.len();
        let spread = |list: &[f64]| {
            list.iter()
                .flat_map(|&v| vec![v; plane])
                .collect::<Vec<_>>()
        };
        let (factor, map) = match self.scale.as_slice() {
            [first, rest @ ..] if rest.iter().all(|s| s == first) => (*first, Map::Identity),
            scale => (1.0, Map::Diagonal(spread(scale))),
        };
        let offset = if self.offset.iter().all(|&o| o == 0.0) {
            Vec::new()
        } else {
            spread(&self.offset)
        };
        let shape: Vec<usize> = std::iter::once(1)
            .chain(self.view.iter().copied())
            .collect();
        let term = Term {
            source: INPUT,
            factor,
            map,
        };
        let numbers = builder.linear(shape, vec![term], offset)?;
        builder.select(&numbers, self.shape.clone(), self.order.clone())
    }
}

fn misfit(view: View, shape: &[usize]) -> Refusal {
    let own = view.shape();
    let single: Vec<usize> = std::iter::once(1)
        .chain(shape.iter().skip(1).copied())
        .collect();
    let fix = if order(&own, &single).is_some() {
        "export it again for one document at a time: a batch axis of size 1, or left open"
    } else {
        "name the view that the model was trained on with --view"
    };
    Refusal::new(
        format!("the model reads a tensor of shape {shape:?}, {view} has shape {own:?}"),
        fix,
    )
}

/// Refuses bytes scaled to numbers that the input's type does not hold.
fn representable(element_type: i32, scale: &[f64], offset: &[f64]) -> Result<(), Refusal> {
    let Some((least, most)) = types::bounds(element_type) else {
        return Ok(());
    };
    let holds = |number: f64| number.fract() == 0.0 && (least..=most).contains(&number);
    let fits = |(scale, offset): (&f64, &f64)| {
        scale.fract() == 0.0 && holds(*offset) && holds(255.0 * scale + offset)
    };
    if scale.iter().zip(offset).all(fits) {
        return Ok(());
    }
    let name = types::name(element_type.into());
    let fix = if element_type == 3 {
        "give --input-scale 1 and --input-offset -128"
    } else {
        "leave out --input-scale and --input-offset: the model reads the bytes as they are"
    };
    Err(Refusal::new(
        format!("the model reads {name}, which does not hold all of SCALE·byte + OFFSET"),
        fix,
    ))
}

/// For each element of the model's input, its place in the view; `None` when they do not fit.
fn order(view: &[usize], shape: &[usize]) -> Option<Vec<u32>> {
    let len: usize = view.iter().product();
    if shape.iter().product::<usize>() != len {
        return None;
    }
    let plain: Vec<u32> = (0..).take(len).collect();
    let &[channels, height, width] = view else {
        // A text is one vector: no image model reads it.
        return (shape.iter().filter(|&&d| d != 1).count() <= 1).then_some(plain);
    };
    let [.., a, b, c] = shape else {
        return Some(plain);
    };
    let leading = shape[..shape.len() - 3].iter().all(|&d| d == 1);
    if !leading || [*a, *b, *c] == [channels, height, width] {
        return Some(plain);
    }
    if [*a, *b, *c] == [height, width, channels] {
        let at = |i: usize| (i % channels * height * width + i / channels) as u32;
        return Some((0..len).map(at).collect());
    }
    // One channel may be left out or stand anywhere; sides must not be exchanged.
    (channels == 1
        && shape
            .iter()
            .filter(|&&d| d != 1)
            .eq([height, width].iter().filter(|&&d| d != 1)))
    .then_some(plain)
}
