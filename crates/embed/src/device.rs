//! What computes a session's graph: the processor, or a card where the program and its library can.

use ort::ep::ExecutionProviderDispatch;

use crate::EmbedError;
use crate::config::Device;

impl Device {
    /// What ONNX Runtime is told; nothing means the processor. A card that is asked for and cannot be used is an error, never
    /// silently the processor.
    pub(crate) fn providers(self) -> Result<Vec<ExecutionProviderDispatch>, EmbedError> {
        match self {
            Self::Cpu => Ok(Vec::new()),
            Self::Cuda => cuda(),
        }
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<Vec<ExecutionProviderDispatch>, EmbedError> {
    Ok(vec![ort::ep::CUDA::default().build().error_on_failure()])
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<Vec<ExecutionProviderDispatch>, EmbedError> {
    Err(EmbedError::WithoutCuda)
}
