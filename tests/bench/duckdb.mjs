// SPDX-License-Identifier: Apache-2.0
// Runs statements in DuckDB, in memory, with all its threads. stdin: {setup: [sql], query, times};
// prints {ms, rows, checksum, version}: the median time, and what the last result held.
import { readFileSync } from 'node:fs';
import { DuckDBInstance, version } from '@duckdb/node-api';

const { setup, query, times } = JSON.parse(readFileSync(0, 'utf8'));
const db = await (await DuckDBInstance.create(':memory:')).connect();
for (const sql of setup) await db.run(sql);
const prepared = await db.prepare(query);
const took = [];
let rows;
for (let i = 0; i < times; i++) {
	const begin = performance.now();
	const reader = await prepared.runAndReadAll();
	took.push(performance.now() - begin);
	rows = reader.getRows();
}
took.sort((a, b) => a - b);
let checksum = 0;
for (const [d, v, p, n] of rows) checksum = (checksum + (d * 31 + v * 7 + p) * Number(n)) % 2 ** 31;
console.log(JSON.stringify({ ms: took[took.length >> 1], rows: rows.length, checksum, version: version() }));
