import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Audit your rewards", css_file="notebook.css")


@app.cell
def _():
    import marimo as mo

    try:
        from flatscape.notebook import dropped, start
        from flatscape.notebook.answer import attempt
        from flatscape.notebook.pieces import markup
    except ModuleNotFoundError as error:
        mo.stop(
            True, mo.callout(f"{error.name} is missing. In the folder of flatscape: pip install '.[notebooks]'", "warn")
        )
    start.prepare()
    return attempt, dropped, markup, mo


@app.cell
def _(mo):
    mo.md("""
    # Audit your rewards

    Drop a table of completions with their scores: one row each, with its prompt and a column for every reward
    model (CSV, JSON Lines, Parquet and more). Each reward model teaches a simulated policy on your samples, and
    the verdict says which teaches best, and how sure that is. **The file stays on this machine, and nothing of
    it is kept.**
    """)
    return


@app.cell
def _(dropped, mo):
    file = mo.ui.file(
        filetypes=dropped.kinds_of_files(),
        kind="area",
        max_size=200_000_000,
        label="Drop a table of scores here, or click",
    )
    example = mo.ui.dropdown(
        list(dropped.EXAMPLES), value=next(iter(dropped.EXAMPLES)), label="or look at an example", full_width=True
    )
    truth = mo.ui.text("", label="column of the true reward, if it is not called truth", full_width=True)
    method = mo.ui.dropdown(["flow", "ascent", "rloo", "grpo"], value="flow", label="how it teaches")
    weighting = mo.ui.dropdown(
        ["uniform", "logprob", "weight"], value="uniform", label="completions are samples (uniform), or have a column"
    )
    mo.vstack([file, example, truth, method, weighting])
    return example, file, method, truth, weighting


@app.cell
def _(attempt, dropped, example, file, method, mo, truth, weighting):
    if file.value:
        name, contents = file.value[0].name, file.value[0].contents
    else:
        _read = attempt(dropped.example, mo.notebook_dir(), example.value)
        mo.stop(_read.sentence is not None, mo.callout(_read.sentence, "warn"))
        name, contents = _read.found
    chosen = weighting.value if file.value else dropped.WEIGHTED.get(name, "uniform")
    with mo.status.spinner(f"{name} is being audited"):
        answer = attempt(
            dropped.audit_dropped, name, contents, truth=truth.value.strip(), method=method.value, weighting=chosen
        )
    mo.stop(answer.sentence is not None, mo.callout(f"{name} cannot be audited. {answer.sentence}", "warn"))
    result = answer.found
    return name, result


@app.cell
def _(dropped, mo, name, result):
    mo.Html(
        f"<h2>{dropped.heading(name, result)}</h2>{dropped.verdicts(result)}{dropped.measures(result)}"
        f"{dropped.warnings(result)}"
    )
    return


@app.cell
def _(dropped, mo, result):
    _most = dropped.largest_group(result)
    size = mo.ui.slider(
        2, _most, 1, value=min(4, _most), label="completions in a group", show_value=True, full_width=True
    )
    mo.vstack(
        [
            mo.md("""
    ## Sampling that is wasted

    A group whose rewards are all equal has no advantage and teaches nothing.
    """),
            size,
        ]
    )
    return (size,)


@app.cell
def _(dropped, mo, result, size):
    mo.Html("".join(str(dropped.wasted(found, size.value)) for found in result.policies))
    return


@app.cell
def _(mo, name, result):
    page = result.to_html()
    mo.vstack(
        [
            mo.md("## The whole report"),
            mo.download(page.encode(), filename=f"audit-{name}.html", label="Save it as one page"),
            mo.accordion({"Read it here": mo.iframe(page, height="900px")}),
        ]
    )
    return


@app.cell
def _(mo):
    mo.md("""
    ## Now try

    - Look at the other example: a proxy that teaches better than the truth itself. What do variance and
      accuracy say of it?
    - Teach by *grpo* instead of the flow. GRPO divides by the deviation of each group: which order changes?
    - Drop a file of your own. If it cannot be read, the page says which column is missing, and what to name.
    """)
    return


if __name__ == "__main__":
    app.run()
