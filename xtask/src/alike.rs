//! Each function of a module beside one that is like it.
//!
//! A compressor says what it has seen before by how far back that was, and near is shorter than far. Of LLVM's order, which is that
//! of crates, a phone would download 3 % more.

use std::cmp::Reverse;
use std::collections::HashMap;

use anyhow::{Result, anyhow};
use wasm_encoder::{
    CodeSection, FunctionSection, Module,
    reencode::{Error, Reencode, utils},
};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload,
    TypeRef,
};

/// Likeness is that of the pieces of so many bytes that two functions have both.
const PIECE: usize = 6;
/// A piece that more functions have says nothing.
const COMMON: usize = 1_000;
/// What is left of a likeness with each function that follows.
const MEMORY: f64 = 0.3;

/// The same module with its functions in another order.
pub fn order(module: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let order = chain(&bodies);
    let mut now = vec![0; order.len()];
    for (place, &before) in order.iter().enumerate() {
        now[before] = u32::try_from(imported + place)?;
    }
    let mut ordered = Ordered {
        imported,
        order,
        now,
    };
    let mut made = Module::new();
    ordered
        .parse_core_module(&mut made, Parser::new(0), module)
        .map_err(|error| anyhow!("its functions can't be ordered: {error}"))?;
    Ok(made.finish())
}

/// From the longest on, always the one that is most like those before.
fn chain(bodies: &[&[u8]]) -> Vec<usize> {
    let mut numbers = HashMap::new();
    let mut having: Vec<Vec<usize>> = Vec::new();
    let mut pieces: Vec<Vec<usize>> = Vec::new();
    for (function, body) in bodies.iter().enumerate() {
        let mut own: Vec<usize> = body
            .windows(PIECE)
            .map(|piece| {
                let next = numbers.len();
                *numbers.entry(piece).or_insert(next)
            })
            .collect();
        own.sort_unstable();
        own.dedup();
        having.resize_with(numbers.len(), Vec::new);
        for &piece in &own {
            having[piece].push(function);
        }
        pieces.push(own);
    }
    let mut longest: Vec<usize> = (0..bodies.len()).collect();
    longest.sort_by_key(|&function| Reverse(bodies[function].len()));
    let mut longest = longest.into_iter();
    let mut is_placed = vec![false; bodies.len()];
    let mut common = vec![0_usize; bodies.len()];
    let mut likeness = vec![0_f64; bodies.len()];
    let mut order = Vec::with_capacity(bodies.len());
    let mut next = longest.next();
    while let Some(function) = next {
        order.push(function);
        is_placed[function] = true;
        let mut met = Vec::new();
        for having in pieces[function].iter().map(|&piece| &having[piece]) {
            if having.len() > COMMON {
                continue;
            }
            for &other in having {
                if !is_placed[other] {
                    if common[other] == 0 {
                        met.push(other);
                    }
                    common[other] += 1;
                }
            }
        }
        for like in &mut likeness {
            *like *= MEMORY;
        }
        for &other in &met {
            let both = common[other];
            likeness[other] +=
                both as f64 / (pieces[function].len() + pieces[other].len() - both) as f64;
        }
        let most = met.iter().copied().max_by(|&one, &other| {
            let alike = likeness[one].total_cmp(&likeness[other]);
            alike.then(other.cmp(&one))
        });
        next = most.or_else(|| longest.find(|&other| !is_placed[other]));
        for other in met {
            common[other] = 0;
        }
    }
    order
}

struct Ordered {
    /// Functions that are imported come first, and stay where they are.
    imported: usize,
    /// Where each function of the module was.
    order: Vec<usize>,
    /// What each is called now.
    now: Vec<u32>,
}

impl Reencode for Ordered {
    type Error = wasmparser::BinaryReaderError;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Self::Error>> {
        let own = (function as usize).checked_sub(self.imported);
        Ok(own.map_or(function, |own| self.now[own]))
    }

    /// What made the module, and with which features: wasm-opt read that, and no browser does.
    fn parse_custom_section(
        &mut self,
        _module: &mut Module,
        _section: CustomSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for &function in &self.order {
            functions.function(types[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let bodies = section
            .into_iter()
            .collect::<Result<Vec<FunctionBody<'_>>, _>>()?;
        for function in self.order.clone() {
            utils::parse_function_body(self, code, bodies[function].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        EntityType, ExportKind, ExportSection, Function, ImportSection, Instruction, TypeSection,
    };

    use super::*;

    /// A function that says numbers and calls another.
    fn body(numbers: std::ops::Range<i32>, called: u32) -> Function {
        let mut function = Function::new([]);
        for number in numbers {
            function.instruction(&Instruction::I32Const(number));
            function.instruction(&Instruction::Drop);
        }
        function.instruction(&Instruction::Call(called));
        function.instruction(&Instruction::End);
        function
    }

    /// One imported function, then four of its own; what is exported calls the one that says as much as itself.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("page", "alert", EntityType::Function(0));
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for (numbers, called) in [(0..40, 3), (500..530, 4), (0..38, 0), (500..531, 0)] {
            functions.function(0);
            code.function(&body(numbers, called));
        }
        let mut exports = ExportSection::new();
        exports
            .export("few", ExportKind::Func, 1)
            .export("many", ExportKind::Func, 2);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&exports).section(&code);
        module.finish()
    }

    /// What each exported function says, and how much the one says that it calls; and how long each function is, in order.
    fn read(module: &[u8]) -> (Vec<(String, usize, usize)>, Vec<usize>) {
        let (mut bodies, mut exported) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload.expect("a module") {
                Payload::CodeSectionEntry(body) => bodies.push(body),
                Payload::ExportSection(exports) => {
                    exported.extend(exports.into_iter().map(|export| export.expect("one")));
                }
                _ => {}
            }
        }
        let said = |function: u32| {
            let mut operators = bodies[function as usize - 1]
                .get_operators_reader()
                .expect("operators");
            let (mut said, mut called) = (0, 0);
            while !operators.eof() {
                match operators.read().expect("one") {
                    wasmparser::Operator::Drop => said += 1,
                    wasmparser::Operator::Call { function_index } => called = function_index,
                    _ => {}
                }
            }
            (said, called)
        };
        let told = exported
            .iter()
            .map(|export| {
                let (says, called) = said(export.index);
                (export.name.to_owned(), says, said(called).0)
            })
            .collect();
        let lengths = bodies.iter().map(|body| body.as_bytes().len());
        (told, lengths.collect())
    }

    #[test]
    fn what_is_alike_stands_together_and_calls_what_it_called() {
        let module = module();
        let ordered = order(&module).expect("a module");
        wasmparser::validate(&ordered).expect("it is valid");
        let ((told, before), (still, now)) = (read(&module), read(&ordered));
        assert_eq!(told, still);
        assert_eq!(told[0], ("few".to_owned(), 40, 38));
        assert_eq!(now, [before[3], before[1], before[0], before[2]]);
    }
}
