"""The addresses of the dashboard and who answers them: those of the web front end, without `#`."""

from __future__ import annotations

from localkfp.dashboard import frame
from localkfp.dashboard.pages import (
    artifact,
    compare,
    elsewhere,
    experiments,
    new_run,
    pipeline,
    pipelines,
    recurring,
    run,
    runs,
    upload,
)

ID = r"([^/:]+)"

PAGES = [
    (r"(?:/pipeline)?/", pipelines.PipelineList),
    (r"/pipelines", pipelines.PipelineList),
    (r"/pipelines/delete", pipelines.DeletePipelines),
    (r"/pipeline_versions/new", upload.Upload),
    (rf"/pipelines/details/{ID}", pipeline.Pipeline),
    (rf"/pipelines/details/{ID}/version/{ID}", pipeline.Pipeline),
    (rf"/pipelines/details/{ID}/delete", pipelines.DeletePipeline),
    (rf"/pipelines/details/{ID}/version/{ID}/delete", pipelines.DeleteVersion),
    (r"(/archive)?/runs", runs.RunList),
    (r"/runs/new", new_run.NewRun),
    (r"/runs/(archive|unarchive|delete)", runs.RunsAction),
    (rf"/runs/details/{ID}", run.Run),
    (rf"/runs/details/{ID}/(terminate|retry|archive|unarchive|delete)", run.RunAction),
    (rf"/runs/details/{ID}/artifacts/{ID}/(inputs|outputs)/{ID}", artifact.Artifact),
    (r"(/archive)?/experiments", experiments.ExperimentList),
    (r"/experiments/new", experiments.NewExperiment),
    (rf"/experiments/details/{ID}", experiments.Experiment),
    (r"/compare", compare.Compare),
    (r"/recurringruns", recurring.RecurringList),
    (r"/recurringruns/new", recurring.NewRecurring),
    (rf"/recurringrun/details/{ID}", recurring.Recurring),
    (rf"/recurringrun/details/{ID}/(enable|disable|delete)", recurring.RecurringAction),
    (r"/(artifacts|executions)(?:/\d+)?", elsewhere.OfACluster),
    (r"/start", pipelines.PipelineList),
    (r"/dashboard/(dashboard\.css|(?:compare|dashboard|graph|table)\.js|icon\.svg)", frame.Static),
]
# what a reader gets where there is nothing
NOTHING = (elsewhere.Reader(), elsewhere.NoPage)
