package session

import (
	"context"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/function"
)

var mangledSeed = flag.Uint64("mangled-seed", 1, "seed of the mangled statements")
var mangledCount = flag.Int("mangled", 1500, "number of mangled statements")

// Tables of our own and those of the recorded cases.
var mangledTables = []string{
	`CREATE TABLE t (a INT, b BIGINT, s STRING, d DOUBLE, m DECIMAL(10, 2), dt DATE, ti TIME,
		ts TIMESTAMP(3), lt TIMESTAMP_LTZ(3), bo BOOLEAN, bi BYTES, ar ARRAY<INT>,
		mp MAP<STRING, INT>, r ROW<x INT, y STRING>, pt AS PROCTIME(), WATERMARK FOR ts AS ts)
		WITH ('connector' = 'datagen', 'number-of-rows' = '1')`,
	`CREATE TABLE u (a INT, b BIGINT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts,
		PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'datagen', 'number-of-rows' = '1')`,
	`CREATE TABLE bids (auction BIGINT, bidder BIGINT, cents BIGINT, channel STRING, note
		STRING, at_ms BIGINT, bt AS CAST(TO_TIMESTAMP_LTZ(at_ms, 3) AS TIMESTAMP(3)), WATERMARK
		FOR bt AS bt - INTERVAL '4' SECOND)
		WITH ('connector' = 'datagen', 'number-of-rows' = '1')`,
	`CREATE TABLE persons (id BIGINT, name STRING, email STRING, city STRING, country STRING,
		credit DECIMAL(10,2), bio STRING, joined_ms BIGINT, joined AS
		CAST(TO_TIMESTAMP_LTZ(joined_ms, 3) AS TIMESTAMP(3)), WATERMARK FOR joined AS joined -
		INTERVAL '4' SECOND)
		WITH ('connector' = 'datagen', 'number-of-rows' = '1')`,
	`CREATE TABLE auctions (id BIGINT, seller BIGINT, item STRING, category INT, start_price
		DECIMAL(10,2), reserve DECIMAL(10,2), tags ARRAY<STRING>, attrs MAP<STRING, STRING>,
		opened_ms BIGINT, closes_ms BIGINT, opened AS CAST(TO_TIMESTAMP_LTZ(opened_ms, 3) AS
		TIMESTAMP(3)), closes AS CAST(TO_TIMESTAMP_LTZ(closes_ms, 3) AS TIMESTAMP(3)), WATERMARK
		FOR opened AS opened - INTERVAL '4' SECOND)
		WITH ('connector' = 'datagen', 'number-of-rows' = '1')`,
	`CREATE TABLE events (kind STRING, ts TIMESTAMP(3), person ROW<id BIGINT, name STRING,
		city STRING, credit DECIMAL(10,2)>, auction ROW<id BIGINT, seller BIGINT, item STRING,
		category INT, start_price DECIMAL(10,2), tags ARRAY<STRING>, attrs MAP<STRING, STRING>>,
		bid ROW<auction BIGINT, bidder BIGINT, cents BIGINT, channel STRING>, WATERMARK FOR ts
		AS ts - INTERVAL '4' SECOND)
		WITH ('connector' = 'datagen', 'number-of-rows' = '1')`,
	`CREATE TABLE clicks (u STRING, seq INT, page STRING, price INT, ts TIMESTAMP(3),
		WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
		WITH ('connector' = 'datagen', 'number-of-rows' = '1')`,
	`CREATE TABLE drain (a INT, b BIGINT, s STRING) WITH ('connector' = 'blackhole')`,
}

var token = regexp.MustCompile(`'(?:[^']|'')*'|[A-Za-z_][A-Za-z_0-9]*|[0-9.]+|<=|>=|<>|\|\||\s+|.`)

// pool are words that are put into statements.
const pool = `a b s d m dt ti ts lt bo bi ar mp r pt t u x y NULL TRUE 1 0 -1 2.5 1e300
	9223372036854775807 99999999999999999999 'a' '' '2024-01-01' '%' DATE TIMESTAMP INTERVAL DAY
	SECOND YEAR CAST AS INT STRING DECIMAL ROW ARRAY MAP MULTISET ( ) [ ] , . * + - / % = <> < IS NOT
	IN EXISTS BETWEEN LIKE AND OR CASE WHEN THEN ELSE END SELECT FROM WHERE GROUP BY HAVING ORDER
	LIMIT UNION ALL EXCEPT INTERSECT DISTINCT JOIN LEFT FULL ON USING LATERAL TABLE UNNEST OVER
	PARTITION ROWS RANGE UNBOUNDED PRECEDING FOLLOWING CURRENT FILTER WITHIN COUNT SUM MIN MAX AVG
	ROW_NUMBER RANK LAG FIRST_VALUE LISTAGG COLLECT JSON_OBJECT JSON_VALUE SUBSTRING EXTRACT FLOOR
	CEIL TRIM POSITION OVERLAY COALESCE NULLIF GREATEST IF TUMBLE HOP SESSION CUMULATE DESCRIPTOR
	window_start window_end window_time PROCTIME CURRENT_WATERMARK MATCH_RECOGNIZE MEASURES PATTERN
	DEFINE VALUES CUBE ROLLUP GROUPING SETS FOR SYSTEM_TIME OF ? : ; " é 😀`

// own is how many texts of the corpus are over our own tables.
const own = 14

// corpus is SQL that is right: texts of the parser's tests and of the recorded cases.
func corpus(t *testing.T) []string {
	t.Helper()
	var found []string
	quoted := regexp.MustCompile(`(?s)"""(SELECT .*?)"""`)
	cases, _ := filepath.Glob("../../tests/conformance/sql/cases/*.py")
	for _, file := range cases {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllSubmatch(data, -1) {
			found = append(found, string(m[1]))
		}
	}
	return append(found,
		"SELECT a FROM t", "SELECT a FROM t WHERE d > 1", "SELECT MAX(d) FROM t GROUP BY a",
		"SELECT a, COUNT(DISTINCT s) FILTER (WHERE d > 1) FROM t GROUP BY a HAVING SUM(b) > 3",
		"SELECT t.a, u.s FROM t LEFT JOIN u ON t.a = u.a AND t.b < u.b WHERE t.s LIKE 'a%'",
		"SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY a ORDER BY ts) AS rn FROM t) WHERE rn = 1",
		"SELECT window_start, SUM(b) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) "+
			"GROUP BY window_start, window_end",
		"SELECT t.a FROM t JOIN u FOR SYSTEM_TIME AS OF t.ts ON t.a = u.a",
		"SELECT t.a FROM t, u WHERE t.a = u.a AND t.ts BETWEEN u.ts - INTERVAL '5' SECOND AND u.ts",
		"SELECT a, e FROM t CROSS JOIN UNNEST(ar) AS x(e)",
		"SELECT a FROM t WHERE a IN (SELECT a FROM u) AND EXISTS (SELECT 1 FROM u WHERE u.b = t.b)",
		"SELECT a, SUM(d) OVER (PARTITION BY s ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM t",
		"SELECT CAST(r AS STRING), mp['a'], ar[1], r.x, CARDINALITY(ar), EXTRACT(DAY FROM dt) FROM t",
		"INSERT INTO drain SELECT a, b, s FROM t UNION ALL SELECT a, MAX(b), s FROM u GROUP BY a, s",
	)
}

// value is a random expression over the columns of t.
func value(rng *rand.Rand, depth int) string {
	atoms := strings.Fields(`a b s d m dt ti ts lt bo bi ar mp r pt r.x ar[1] mp['a'] NULL TRUE 1 0 -1
		2.5 1e300 9223372036854775807 'a' '' '2024-01-01' DATE'2024-02-29' CURRENT_TIMESTAMP
		INTERVAL'1'DAY INTERVAL'3'MONTH ARRAY[1,NULL] MAP['k',1] ROW(1,'a') (1,2) X'00' COUNT(*)`)
	if depth == 0 || rng.IntN(3) == 0 {
		return atoms[rng.IntN(len(atoms))]
	}
	v := func() string { return value(rng, depth-1) }
	switch rng.IntN(16) {
	case 0:
		return "CASE WHEN " + v() + " THEN " + v() + " ELSE " + v() + " END"
	case 1:
		ops := strings.Fields("+ - * / % = <> < || AND OR LIKE IN")
		return "(" + v() + " " + ops[rng.IntN(len(ops))] + " " + v() + ")"
	case 2:
		kinds := strings.Split("INT,STRING,DECIMAL(38,10),TIMESTAMP(9),DATE,ARRAY<STRING>,"+
			"ROW<q INT>,BYTES,TIMESTAMP_LTZ(0),CHAR(1),INTERVAL DAY,BOOLEAN,TIME", ",")
		return "CAST(" + v() + " AS " + kinds[rng.IntN(len(kinds))] + ")"
	case 3:
		return v() + " IN (" + v() + ", " + v() + ")"
	case 4:
		return "(SELECT MAX(b) FROM u WHERE u.a = " + v() + ")"
	case 5:
		return v() + " IN (SELECT a FROM u WHERE " + v() + " > u.b)"
	case 6:
		return v() + " IS NOT NULL"
	case 7:
		frames := strings.Split("ORDER BY ts|PARTITION BY a ORDER BY ts ROWS 2 PRECEDING||ORDER BY "+
			v()+"|ORDER BY ts RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW", "|")
		return "SUM(" + v() + ") OVER (" + frames[rng.IntN(len(frames))] + ")"
	case 8:
		return "MAX(DISTINCT " + v() + ") FILTER (WHERE " + v() + ")"
	}
	names := function.Names()
	args := make([]string, rng.IntN(4))
	for i := range args {
		args[i] = v()
	}
	return names[rng.IntN(len(names))] + "(" + strings.Join(args, ", ") + ")"
}

var column = regexp.MustCompile(`^(a|b|s|d|ts|ar|[0-9.]+|'.*')$`)

// mangle changes a text: mostly a value for another, sometimes any word.
func mangle(rng *rand.Rand, texts []string, words []string) string {
	tokens := token.FindAllString(texts[rng.IntN(len(texts))], -1)
	for range 1 + rng.IntN(2) {
		at := rng.IntN(len(tokens))
		for n := 0; n < 100 && !column.MatchString(tokens[at]); n++ {
			at = rng.IntN(len(tokens))
		}
		switch rng.IntN(12) {
		case 0:
			tokens = append(tokens[:at:at], tokens[at+1:]...)
		case 1:
			tokens[at] = words[rng.IntN(len(words))]
		case 2: // a part of another text
			other := token.FindAllString(texts[rng.IntN(len(texts))], -1)
			from := rng.IntN(len(other))
			to := min(from+1+rng.IntN(12), len(other))
			tokens = append(tokens[:at:at], append(other[from:to:to], tokens[at:]...)...)
		case 3:
			end := min(at+1+rng.IntN(10), len(tokens))
			tokens = append(tokens[:end:end], tokens[at:]...)
		default:
			tokens[at] = value(rng, 3)
		}
		if len(tokens) == 0 {
			tokens = []string{" "}
		}
	}
	return strings.Join(tokens, "")
}

// Statements with words taken out, put in and exchanged are planned or refused in plain words: they
// neither panic nor end in what is called a bug.
func TestMangledStatements(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	for _, sql := range mangledTables {
		call(t, s, sql)
	}
	texts, words := corpus(t), strings.Fields(pool)
	texts = append(texts, slices.Repeat(texts[len(texts)-own:], 20)...)
	rng := rand.New(rand.NewPCG(*mangledSeed, 0))
	planned := 0
	for n := range *mangledCount {
		mode := []string{"STREAMING", "BATCH"}[n%2]
		if n%100 < 2 {
			call(t, s, "SET 'execution.runtime-mode' = '"+mode+"'")
		}
		if mangled(t, s, "EXPLAIN "+mangle(rng, texts, words)) {
			planned++
		}
	}
	t.Logf("%d of %d were planned", planned, *mangledCount)
}

// mangled explains a statement and says whether it could be planned.
func mangled(t *testing.T, s *Session, sql string) bool {
	t.Helper()
	defer func() {
		if err := recover(); err != nil {
			t.Errorf("%s\npanics: %v", sql, err)
		}
	}()
	req, err := json.Marshal(map[string]any{"executeSql": map[string]string{"text": sql}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Call(context.Background(), req)
	if err != nil && errs.MarkOf(err) == errs.Internal {
		t.Errorf("%s\n%v", sql, err)
	}
	return err == nil
}
