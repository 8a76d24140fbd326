use super::*;
use crate::engine::time::Span;
use crate::ingest::Told;
use proptest::prelude::*;

fn reader(text: &str, options: CsvOptions) -> Result<CsvReader<&[u8]>, LineError> {
    let first = text.lines().next().unwrap_or_default();
    CsvReader::new(text.as_bytes(), delimiter_of(first.as_bytes()), options)
}

fn rows(text: &str, options: CsvOptions) -> Vec<Result<(String, IntervalRow), String>> {
    match reader(text, options) {
        Ok(reader) => told(reader),
        Err(error) => vec![Err(error.to_string())],
    }
}

fn told(reader: CsvReader<&[u8]>) -> Vec<Result<(String, IntervalRow), String>> {
    let one = |item: Result<Item, LineError>| {
        let item = item.map_err(|error| error.to_string())?;
        let Told::Draft(Draft { queue: QueueRef::Named(queue), form: Form::Interval(row), .. }) =
            item.input
        else {
            panic!("no interval")
        };
        assert_eq!(item.at, row.end);
        Ok((queue.into(), row))
    };
    reader.map(one).collect()
}

fn utc() -> CsvOptions {
    CsvOptions::new(SourceId(0))
}

/// Checks starts, lengths in seconds and offered.
fn check(text: &str, options: CsvOptions, wanted: &[(&str, &str, i64, u32)]) {
    let rows: Vec<_> = rows(text, options).into_iter().map(|row| row.expect(text)).collect();
    let told: Vec<_> = rows
        .iter()
        .map(|(queue, row)| {
            let length = row.length().as_millis() / 1_000;
            (queue.as_str(), row.start.to_string(), length, row.tally.offered)
        })
        .collect();
    let wanted: Vec<_> = wanted.iter().map(|(q, s, l, n)| (*q, (*s).to_owned(), *l, *n)).collect();
    assert_eq!(told, wanted, "{text}");
}

#[test]
fn the_shortest_table_is_read() {
    let wanted = [
        ("default", "2003-03-03T07:00:00Z", 300, 111),
        ("default", "2003-03-03T07:05:00Z", 300, 113),
        ("default", "2003-03-04T07:00:00Z", 300, 0),
        ("default", "2003-03-04T07:05:00Z", 300, 5),
    ];
    let text = "ts,calls\n2003-03-03T07:00:00,111\n2003-03-03T07:05:00,113\n\
                2003-03-04T07:00:00,0\n2003-03-04T07:05:00,5\n";
    check(text, utc(), &wanted);
    check(&text.replace(',', ";").replace('\n', "\r\n"), utc(), &wanted);
    check(&format!("\u{feff}{}", text.replace("ts,calls", "\"TS\", Calls ")), utc(), &wanted);
    check(&text.replace('T', " ").replace("calls", "offered"), utc(), &wanted);
}

#[test]
fn every_queue_has_its_own_step_and_an_end_beats_it() {
    let text = "queue,start,end,offered\n\
        a,2026-01-01T00:00:00Z,,1\nb,2026-01-01T00:00:00Z,,2\n\
        a,2026-01-01T00:01:00Z,,3\nb,2026-01-01T00:30:00Z,2026-01-01T00:45:00Z,4\n";
    check(
        text,
        utc(),
        &[
            ("a", "2026-01-01T00:00:00Z", 60, 1),
            ("b", "2026-01-01T00:00:00Z", 1_800, 2),
            ("a", "2026-01-01T00:01:00Z", 60, 3),
            ("b", "2026-01-01T00:30:00Z", 900, 4),
        ],
    );
    let options = CsvOptions { row_length: Some(Span::minutes(15)), ..utc() };
    let one = "queue,start,offered\n 客服 ,1767225600,7\n";
    check(one, options, &[("客服", "2026-01-01T00:00:00Z", 900, 7)]);
    let lonely = rows(one, utc());
    assert!(lonely[0].as_ref().unwrap_err().contains("line 2: no two rows"), "{lonely:?}");
}

#[test]
fn local_stamps_are_read_in_the_zone() {
    let options = CsvOptions { timezone: chrono_tz::US::Eastern, ..utc() };
    let text = "ts,calls\n2026-03-08 01:30,1\n2026-03-08 02:00,2\n2026-03-08 03:00,3\n\
                2026-11-01 01:30,4\n2026-11-01T01:30:00-05:00,5\n2026-11-01T02:00,6\n";
    let rows = rows(text, options);
    let starts: Vec<_> = rows.iter().map(|r| r.as_ref().map(|r| r.1.start.to_string())).collect();
    assert_eq!(starts[0].as_deref(), Ok("2026-03-08T06:30:00Z"));
    let skipped = starts[1].as_ref().unwrap_err();
    assert!(skipped.contains("line 3: column `start`") && skipped.contains("forward"), "{skipped}");
    assert_eq!(starts[2].as_deref(), Ok("2026-03-08T07:00:00Z"));
    assert_eq!(starts[3].as_deref(), Ok("2026-11-01T05:30:00Z"));
    assert_eq!(starts[4].as_deref(), Ok("2026-11-01T06:30:00Z"));
    assert_eq!(starts[5].as_deref(), Ok("2026-11-01T07:00:00Z"));
}

#[test]
fn records_of_the_nineties_are_read_and_clocks_that_were_never_set_are_not() {
    let text = "ts,calls\n1999-01-01T00:00:00,4\n1999-01-01T00:06:00,9\n";
    check(
        text,
        utc(),
        &[("default", "1999-01-01T00:00:00Z", 360, 4), ("default", "1999-01-01T00:06:00Z", 360, 9)],
    );
    for never_set in ["1970-01-01 00:06", "1980-01-01 00:06", "1989-12-31 23:59"] {
        let rows = rows(&format!("{text}{never_set},1\n"), utc());
        let refused = rows[2].as_ref().unwrap_err();
        assert!(refused.contains("line 4: column `start`"), "{refused}");
    }
}

#[test]
fn an_empty_cell_is_absent_and_never_zero() {
    let text = "ts,calls,answered,abandoned,answered_in_target,refused,exited,wait_seconds,final,revision\n\
        2026-01-01T00:00:00Z,5,,0,,,,,,\n\
        2026-01-01T00:01:00Z,,4,,,,,,,\n\
        2026-01-01T00:02:00Z,6,5,1,4,2,0,12.5,no,3\n\
        2026-01-01T00:03:00Z,7\n";
    let rows: Vec<_> = rows(text, utc()).into_iter().map(|row| row.unwrap().1).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!((rows[0].tally.answered, rows[0].tally.abandoned), (None, Some(0)));
    assert_eq!(rows[1].tally.answered_in_target, Some(4));
    assert_eq!(rows[1].tally.wait, Some(Span::millis(12_500)));
    assert_eq!((rows[1].last_word, rows[1].revision), (false, 3));
    assert_eq!((rows[2].tally.offered, rows[2].tally.answered, rows[2].last_word), (7, None, true));
}

#[test]
fn wrong_cells_name_line_and_column_and_the_rest_is_read() {
    let cases = [
        ("x,5,q", "line 3: column `start`"),
        ("1970-01-01T00:00:00,5,q", "line 3: column `start`"),
        (",5,q", "line 3: column `start` is empty"),
        ("2026-01-01T00:01:00,-5", "line 3: column `offered`: `-5`"),
        ("2026-01-01T00:01:00,1.5", "line 3: column `offered`"),
        ("2026-01-01T00:01:00,99999999", "line 3: column `offered`"),
        ("2026-01-01T00:01:00,5,a\u{202e}b", "U+202E"),
        ("2026-01-01T00:01:00,5,", "line 3: column `queue` is empty"),
        ("2026-01-01T00:01:00,5,q,9,8", "line 3: a part is larger"),
        ("2026-01-01T00:01:00,1,250,,,q", "line 3: 6 cells under a header of 5; write numbers"),
        ("2026-01-01T00:01:00", "line 3: the row ends before column `offered`: 1 cells"),
        ("\"2026-01-01T00:01:00,5,q", "line 3: a quote is opened and not closed"),
        ("2026-01-01T00:01:00,5,\"q", "line 3: a quote is opened and not closed"),
    ];
    for (bad, says) in cases {
        let text = format!(
            "ts,calls,queue,answered_in_target,answered\n2026-01-01T00:00:00,1,q\n{bad}\n\
             2026-01-01T00:01:00,2,q\n"
        );
        let rows = rows(&text, utc());
        assert!(rows[0].is_ok() && rows[2].is_ok(), "{bad}");
        let error = rows[1].as_ref().unwrap_err();
        assert!(error.contains(says), "{bad}: {error:?} does not say {says:?}");
    }
}

#[test]
fn cells_that_are_left_over_and_rows_of_none_are_no_fault() {
    let text = "ts,calls\n2026-01-01T00:00:00,1,,\n , \n2026-01-01T00:05:00,2\n";
    let wanted =
        [("default", "2026-01-01T00:00:00Z", 300, 1), ("default", "2026-01-01T00:05:00Z", 300, 2)];
    check(text, utc(), &wanted);
}

#[test]
fn a_header_must_name_its_columns() {
    for (text, says) in [
        ("", "`start` or `ts`"),
        ("2026-01-01T00:00:00,5\n", "2026-01-01T00:00:00, 5"),
        ("ts,n\n", "`offered` or `calls`"),
        ("ts,start,calls\n", "twice"),
    ] {
        let error = reader(text, utc()).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.starts_with("line 1: ") && error.contains(says), "{text:?}: {error:?}");
    }
    assert!(is_header(b"\xef\xbb\xbf\"start\";\"calls\""));
    assert!(!is_header(b"1795486247|x|q|NONE|ENTERQUEUE"));
}

#[test]
fn a_table_tells_what_it_carries() {
    let carries = |header: &str| reader(header, utc()).unwrap().carries();
    assert_eq!(carries("ts,calls\n"), Carries::VOLUME_ONLY);
    let full = carries("ts,calls,answered,answered_in_target\n");
    assert_eq!((full.answered, full.service_level, full.waiting), (true, true, false));
    let odd = reader("ts,calls,Agent,x\n", utc()).unwrap();
    assert_eq!(odd.ignored_columns(), ["Agent", "x"]);
}

#[test]
fn a_table_grouped_by_queue_is_noticed() {
    let text = "queue,ts,calls\na,2026-01-01T00:00Z,1\na,2026-01-01T00:01Z,1\n\
                b,2026-01-01T00:00Z,1\nb,2026-01-01T00:01Z,1\n";
    let mut reader = reader(text, utc()).unwrap();
    assert_eq!(reader.by_ref().filter(Result::is_ok).count(), 4);
    assert_eq!(reader.went_back(), 1);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = is_header(&bytes);
        let mut text = b"ts,calls,queue,end,final,wait_seconds\n".to_vec();
        for input in [bytes.clone(), { text.extend_from_slice(&bytes); text }] {
            if let Ok(reader) = CsvReader::new(&input[..], b',', utc()) {
                prop_assert!(reader.count() <= input.len());
            }
        }
    }

    #[test]
    fn random_cells_never_panic(
            cells in proptest::collection::vec("[0-9T:.,Z\" \n-]{0,30}", 0..20)
        ) {
        let text = format!("ts,calls\n{}", cells.join("\n"));
        prop_assert!(rows(&text, utc()).len() <= text.len());
    }
}

/// Two quarters of two queues of a queue interval file.
const CALABRIO: &str = "\
15;20260105;08:00;7;Cards;30;2;3;1;26;130;40;5200;390;22;31;4;20;60;1;1
15;20260105;08:00;8;售后;4;0;0;0;4;9;0;800;60;5;0;2;0;60;0;0
15;20260105;08:15;7;Cards;28;0;1;0;27;90;12;5000;400;19;12;4;25;60;0;1
15;20260105;08:15;8;;0;0;0;0;0;0;0;0;0;0;0;2;0;60;0;0
";

fn calabrio(text: &str, zone: Tz) -> Vec<Result<(String, IntervalRow), String>> {
    let delimiter = calabrio_delimiter(text.as_bytes()).unwrap_or(b';');
    let options = CsvOptions { timezone: zone, ..utc() };
    told(CsvReader::of(Layout::Calabrio, text.as_bytes(), delimiter, options).unwrap())
}

#[test]
fn a_queue_interval_file_is_read_field_by_field() {
    let rows = calabrio(CALABRIO, chrono_tz::Asia::Shanghai);
    let (queue, row) = rows[0].as_ref().unwrap();
    assert_eq!((queue.as_str(), row.start.to_string()), ("Cards", "2026-01-05T00:00:00Z".into()));
    assert_eq!(row.length(), Span::minutes(15));
    let wanted = Tally {
        offered: 30,
        answered: Some(26),
        abandoned: Some(3),
        exited: Some(1),
        answered_in_target: Some(20),
        wait: Some(Span::secs(130)),
        talk: Some(Span::secs(5_200)),
        refused: None,
    };
    assert_eq!(row.tally, wanted);
    let queues: Vec<_> = rows.iter().map(|row| row.as_ref().unwrap().0.as_str()).collect();
    assert_eq!(queues, ["Cards", "售后", "Cards", "8"]);
    let titled = format!(
        "Teleopti.Queue.Data\n\ninterval;date_from;time;queue;queue_name\n {}",
        CALABRIO.replace("\n", ";\n").trim_start()
    );
    for other in [CALABRIO.replace(';', ","), CALABRIO.replace("20260105", "2026/01/05"), titled] {
        assert_eq!(calabrio(&other, chrono_tz::Asia::Shanghai), rows, "{other}");
    }
}

#[test]
fn fields_of_nothing_but_zeros_are_not_told() {
    let rows = calabrio("15;20260105;08:00;7;Cards;30;0;3;0;26;0;0;0;0;0;0;0;0;0;0;0\n", Tz::UTC);
    let tally = rows[0].as_ref().unwrap().1.tally;
    let wanted = Tally { offered: 30, answered: Some(26), abandoned: Some(3), ..Tally::default() };
    assert_eq!(tally, wanted);
}

#[test]
fn wrong_rows_of_a_queue_interval_file_are_named() {
    let good = CALABRIO.lines().next().unwrap();
    for (wrong, said) in [
        (good.replace(";1;1", ";1"), "line 2: 20 fields; a queue interval file of Calabrio has 21"),
        (good.replace("15;", "0;"), "line 2: column `interval`: `0` is not a number of minutes"),
        (good.replace("20260105", "20261305"), "column `date, time`: `2026-13-05 08:00` is not"),
        (good.replace(";30;", ";-30;"), "column `offered`: `-30` is not a count"),
        (good.replace("15;", "total;"), "column `interval`: `total` is not a number"),
    ] {
        let rows = calabrio(&format!("{good}\n{wrong}\n{good}\n"), Tz::UTC);
        assert!(rows[0].is_ok() && rows[2].is_ok());
        let error = rows[1].as_ref().unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn an_hour_that_the_clock_shows_twice_is_read_twice() {
    let text = "start,queue,calls\n2026-11-01 00:30,a,1\n2026-11-01 01:00,a,2\n\
                2026-11-01 01:30,a,3\n2026-11-01 01:00,a,4\n2026-11-01 01:30,a,5\n\
                2026-11-01 02:00,a,6\n2026-11-01 01:00,b,7\n";
    let starts: Vec<_> = rows(text, CsvOptions { timezone: chrono_tz::US::Eastern, ..utc() })
        .into_iter()
        .map(|row| row.unwrap().1.start.to_string()[11..16].to_owned())
        .collect();
    assert_eq!(starts, ["04:30", "05:00", "05:30", "06:00", "06:30", "07:00", "05:00"]);
}
