"""The paths of the API and who answers them."""

from __future__ import annotations

from localkfp.api import (
    cluster,
    experiments,
    files,
    frontend,
    health,
    jobs,
    pipelines,
    runs,
    uploads,
)
from localkfp.engine.live_workflow import BUCKET

# The web front end and links of the client put /pipeline before everything; both forms are served.
BASE = r"(?:/pipeline)?"
API = rf"{BASE}/apis/v1beta1"
ID = r"([^/:]+)"

PATHS = [
    (rf"{API}/healthz", health.Healthz),
    (rf"{API}/jobs", jobs.Jobs),
    (rf"{API}/jobs/{ID}", jobs.Job),
    (rf"{API}/jobs/{ID}/(enable|disable)", jobs.JobSwitch),
    (rf"{API}/experiments", experiments.Experiments),
    (rf"{API}/experiments/{ID}", experiments.Experiment),
    (rf"{API}/experiments/{ID}:(archive|unarchive)", experiments.ExperimentVerb),
    (rf"{API}/pipelines", pipelines.Pipelines),
    (rf"{API}/pipelines/(upload|upload_version)", uploads.Upload),
    (rf"{API}/pipelines/{ID}", pipelines.Pipeline),
    (rf"{API}/pipelines/{ID}/templates", pipelines.PipelineTemplate),
    (rf"{API}/pipelines/{ID}/default_version/{ID}", pipelines.DefaultVersion),
    (rf"{API}/pipeline_versions", pipelines.Versions),
    (rf"{API}/pipeline_versions/{ID}", pipelines.Version),
    (rf"{API}/pipeline_versions/{ID}/templates", pipelines.VersionTemplate),
    (rf"{API}/runs", runs.Runs),
    (rf"{API}/runs/{ID}", runs.Run),
    (rf"{API}/runs/{ID}:(archive|unarchive)", runs.RunVerb),
    (rf"{API}/runs/{ID}:reportMetrics", runs.ReportMetrics),
    (rf"{API}/runs/{ID}/(terminate|retry)", runs.RunVerb),
    (rf"{API}/runs/{ID}/nodes/{ID}/artifacts/{ID}:read", files.ReadArtifact),
    (rf"{BASE}/apis/v1(?:alpha|beta)1/runs/{ID}/nodes/{ID}/log", files.Log),
    (rf"{API}/auth", cluster.Auth),
    (rf"{API}/(workflows|scheduledworkflows)", cluster.Reports),
    (rf"{BASE}(?:/apis/v1beta1)?/visualizations/allowed", frontend.Visualizations),
    (rf"{API}/visualizations/{ID}", cluster.Visualizations),
    (rf"{BASE}/apis/v1alpha1/tasks", cluster.Tasks),
    (rf"/{BUCKET}/?", files.Bucket),
    (rf"{BASE}(?:/artifacts/minio)?/{BUCKET}/(artifacts/.+)", files.StoredObject),
    (rf"{BASE}/artifacts/get", files.FrontEndArtifact),
    (rf"{BASE}/k8s/pod/logs", files.FrontEndLog),
    (rf"{BASE}/k8s/pod(/events)?", frontend.Pod),
    (rf"{BASE}/system/(cluster-name|project-id)", frontend.System),
]
