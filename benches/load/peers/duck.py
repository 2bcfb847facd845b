#!/usr/bin/env python3
"""Asks DuckDB what page.graphql asks, over the rows of one organization exported from PostgreSQL.

    python3 duck.py postgres://… ORGANIZATION_UUID FOLDER [THREADS]

Simpler than Tandem: nothing is corrected, merged or as of an earlier instant, and credit is what touches say.
"""

import pathlib
import statistics
import subprocess
import sys
import time

REPEATED = 7
MICROSECOND = "to_timestamp({} / 1000000.0) AT TIME ZONE 'UTC'"
EXPORTS = {
    "touch": """SELECT t.id, t.person_id, COALESCE(t.account_id, p.account_id) AS account_id, t.resource, {occurred_at} AS occurred_at
        FROM touch t LEFT JOIN person p ON p.organization_id = t.organization_id AND p.id = t.person_id
        WHERE t.organization_id = '{organization}'""",
    "stage_event": """SELECT e.person_id, s.key AS stage, {occurred_at} AS occurred_at FROM stage_event e
        JOIN stage s ON s.organization_id = e.organization_id AND s.id = e.stage_id
        WHERE e.organization_id = '{organization}' AND e.person_id IS NOT NULL""",
    "close": """SELECT id, account_id, person_id, amount_minor, {closed_at} AS closed_at FROM close WHERE organization_id = '{organization}'""",
    "cost": "SELECT owner AS resource, first_on, amount_minor FROM cost_entry WHERE organization_id = '{organization}'",
    "goal": """SELECT g.name, g.metric_key AS metric, g.from_on, g.to_on, t.amount FROM goal g
        JOIN goal_target t ON t.organization_id = g.organization_id AND t.goal_id = g.id WHERE g.organization_id = '{organization}'""",
}
YEAR = "BETWEEN TIMESTAMP '2025-01-01' AND TIMESTAMP '2025-12-31 23:59:59.999999'"
FUNNEL = f"""WITH cohort AS (SELECT person_id, min(occurred_at) AS began FROM stage_event WHERE stage = 'ENGAGED' GROUP BY 1),
  reached AS (SELECT c.person_id, c.began, min(occurred_at) FILTER (stage = 'KNOWN') AS known,
    min(occurred_at) FILTER (stage = 'QUALIFIED') AS qualified, min(occurred_at) FILTER (stage = 'ACCEPTED') AS accepted,
    min(occurred_at) FILTER (stage = 'OPPORTUNITY') AS opportunity, min(occurred_at) FILTER (stage = 'CLOSED') AS closed
    FROM cohort c JOIN stage_event e USING (person_id)
    WHERE c.began {YEAR} AND e.occurred_at BETWEEN c.began AND c.began + INTERVAL 90 DAY GROUP BY 1, 2)
  SELECT date_trunc('month', began), count(*), count(known), count(qualified), count(accepted), count(opportunity), count(closed)
  FROM reached GROUP BY 1 ORDER BY 1"""
CREDIT = f"""WITH milestone AS (SELECT person_id, min(occurred_at) FILTER (stage = 'KNOWN') AS known,
    min(occurred_at) FILTER (stage = 'OPPORTUNITY') AS opened FROM stage_event GROUP BY 1),
  evidence AS (SELECT c.id, c.amount_minor, c.closed_at, t.id AS touch_id, t.resource, t.occurred_at,
    t.occurred_at <= m.known AS before_known, t.occurred_at <= m.opened AS before_opened,
    pow(2.0, -(epoch(c.closed_at) - epoch(t.occurred_at)) / 604800.0) AS weight
    FROM close c JOIN touch t ON t.account_id = c.account_id AND t.occurred_at BETWEEN c.closed_at - INTERVAL 90 DAY AND c.closed_at
    LEFT JOIN milestone m ON m.person_id = c.person_id WHERE c.closed_at {YEAR}),
  placed AS (SELECT *, row_number() OVER (PARTITION BY id ORDER BY occurred_at, touch_id) AS place, count(*) OVER (PARTITION BY id) AS touches,
    weight / sum(weight) OVER (PARTITION BY id) AS decayed,
    row_number() OVER (PARTITION BY id, before_known ORDER BY occurred_at DESC, touch_id DESC) AS back_from_known,
    row_number() OVER (PARTITION BY id, before_opened ORDER BY occurred_at DESC, touch_id DESC) AS back_from_opened FROM evidence),
  marked AS (SELECT *, (place = 1)::int AS is_first, (place = touches)::int AS is_last,
    COALESCE(before_known AND back_from_known = 1, false)::int AS is_known,
    COALESCE(before_opened AND back_from_opened = 1, false)::int AS is_opened FROM placed),
  weighed AS (SELECT *,
    CASE WHEN touches = 1 THEN 1 WHEN touches = 2 THEN 0.5 WHEN is_first + is_last = 1 THEN 0.4 ELSE 0.2 / (touches - 2) END AS positioned,
    is_first * 0.4 + is_known * 0.4 + 0.2 / touches AS u_shaped, is_first * 0.5 + is_known * 0.5 AS u_halves,
    is_first * 0.3 + is_known * 0.3 + is_opened * 0.3 + 0.1 / touches AS w_shaped,
    (is_first + is_known + is_opened + is_last) * 0.225 + 0.1 / touches AS full_path FROM marked)"""
MODELS = ["is_first", "is_last", "1.0 / touches", "positioned", "decayed", "u_shaped", "u_halves", "w_shaped", "full_path"]
ATTRIBUTION = f"""{CREDIT} SELECT resource, {", ".join(f"sum({model}), sum(({model}) * amount_minor)" for model in MODELS)}
  FROM weighed GROUP BY 1 ORDER BY 1"""
COST = f"""{CREDIT}, credit AS (SELECT date_trunc('month', closed_at)::date AS month, resource, sum(w_shaped) AS closes FROM weighed GROUP BY 1, 2),
  spent AS (SELECT date_trunc('month', first_on)::date AS month, resource, sum(amount_minor) AS cost FROM cost
    WHERE first_on BETWEEN DATE '2025-01-01' AND DATE '2025-12-31' GROUP BY 1, 2)
  SELECT month, resource, cost, closes, cost / nullif(closes, 0) FROM spent LEFT JOIN credit USING (month, resource) ORDER BY 1, 2"""
STAGE_TIME = f"""WITH visits AS (SELECT stage, occurred_at AS entered, lead(occurred_at) OVER (PARTITION BY person_id ORDER BY occurred_at) AS ended
    FROM stage_event)
  SELECT stage, count(ended), count(*) - count(ended), median(epoch(ended) - epoch(entered)),
    quantile_cont(epoch(ended) - epoch(entered), 0.9) FROM visits WHERE entered {YEAR} GROUP BY 1 ORDER BY 1"""
GOALS = """SELECT g.name, g.amount, CASE g.metric
    WHEN 'stage_entries' THEN (SELECT count(*) FROM stage_event e WHERE e.stage = 'QUALIFIED' AND e.occurred_at >= g.from_on AND e.occurred_at < g.to_on)
    WHEN 'credited_value' THEN (SELECT sum(amount_minor) FROM close c WHERE c.closed_at >= g.from_on AND c.closed_at < g.to_on)
    ELSE (SELECT count(*) FROM close c WHERE c.closed_at >= g.from_on AND c.closed_at < g.to_on) END FROM goal g ORDER BY 1"""
QUESTIONS = {"funnel": FUNNEL, "attribution": ATTRIBUTION, "cost per close": COST, "time in stage": STAGE_TIME, "goals": GOALS}


def main():
    try:
        import duckdb
    except ImportError:
        print("DuckDB is not installed (pip install duckdb)")
        return
    url, organization, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    base = duckdb.connect()
    base.execute(f"SET threads = {sys.argv[4] if len(sys.argv) > 4 else 2}")
    moments = {name: MICROSECOND.format(name) for name in ["occurred_at", "closed_at"]}
    for name, query in EXPORTS.items():
        file = folder / f"{name}.csv"
        asked = query.format(organization=organization, **moments)
        subprocess.run(["psql", "-qX", url, "-c", f"\\copy ({' '.join(asked.split())}) TO '{file}' CSV HEADER"], check=True)
        base.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{file}', header = true)")
        file.unlink()
    whole = 0.0
    for name, question in QUESTIONS.items():
        rows, times = base.execute(question).fetchall(), []
        for _ in range(REPEATED):
            begin = time.perf_counter()
            base.execute(question).fetchall()
            times.append((time.perf_counter() - begin) * 1000)
        whole += statistics.median(times)
        print(f"duckdb: {name} {statistics.median(times):.1f} ms, {len(rows)} rows")
    print(f"duckdb: the page {whole:.1f} ms")


if __name__ == "__main__":
    main()
