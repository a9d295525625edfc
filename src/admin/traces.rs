//! Spans exported to an OpenTelemetry collector (OTLP over HTTP), where the program was built with the
//! feature `otel` and `OTEL_EXPORTER_OTLP_ENDPOINT` says where the collector is.

#[cfg(feature = "otel")]
pub(super) use exported::{Traces, start};
#[cfg(not(feature = "otel"))]
pub(super) use nothing::{Traces, start};

#[cfg(not(feature = "otel"))]
mod nothing {
    use crate::admin::exit::Failure;
    use tracing_subscriber::layer::Identity;

    /// Nothing is exported.
    pub(in crate::admin) struct Traces;

    /// Nothing to begin with.
    pub(in crate::admin) fn start() -> Result<(Traces, Option<Identity>), Failure> {
        Ok((Traces, None))
    }
}

#[cfg(feature = "otel")]
mod exported {
    use crate::admin::exit::Failure;
    use crate::courier::share_cryptography;
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::SpanExporter;
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::{Layer, Registry};

    /// How the program calls itself, unless the environment does.
    const SERVICE: &str = "kopilka";
    const ENDPOINTS: [&str; 2] =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

    type Exporting = Box<dyn Layer<Registry> + Send + Sync>;

    /// The export; what was not sent yet is sent when it is dropped.
    pub(in crate::admin) struct Traces(Option<SdkTracerProvider>);

    impl Drop for Traces {
        fn drop(&mut self) {
            if let Some(Err(error)) = self.0.take().map(|provider| provider.shutdown()) {
                tracing::warn!(%error, "the last traces were not exported");
            }
        }
    }

    /// What is told about the program. A name that is given here would outdo that of the environment.
    fn resource() -> Resource {
        let told = Resource::builder();
        if is_named() { told.build() } else { told.with_service_name(SERVICE).build() }
    }

    /// Whether the environment names the service, in either of the ways that OpenTelemetry knows.
    fn is_named() -> bool {
        let attributes = std::env::var("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        std::env::var_os("OTEL_SERVICE_NAME").is_some() || attributes.contains("service.name=")
    }

    /// Begins to export, if the environment says where to.
    pub(in crate::admin) fn start() -> Result<(Traces, Option<Exporting>), Failure> {
        if ENDPOINTS.iter().all(|name| std::env::var_os(name).is_none()) {
            return Ok((Traces(None), None));
        }
        // The exporter's client asks for that of the process.
        share_cryptography();
        let unusable = |error| Failure::Usage(format!("traces cannot be exported: {error}"));
        let exporter = SpanExporter::builder().with_http().build().map_err(unusable)?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE));
        let layer: Exporting = layer.with_filter(LevelFilter::INFO).boxed();
        Ok((Traces(Some(provider)), Some(layer)))
    }
}
