package jdbc

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/headrace/headrace/core/base/errs"
)

// connect opens a pool and waits until the database answers, which log (may be nil) hears of.
func (p *place) connect(ctx context.Context, most int, log *slog.Logger) (*sql.DB, error) {
	dsn, err := p.dialect.dsn(&p.config)
	if err != nil {
		return nil, p.wrap("", err)
	}
	db, err := sql.Open(p.dialect.driver, dsn)
	if err != nil {
		return nil, p.wrap("", err)
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	deadline := time.Now().Add(p.config.patience)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := db.PingContext(ctx)
		if err == nil {
			return db, nil
		}
		if ctx.Err() != nil || !passing(err) || time.Now().After(deadline) {
			_ = db.Close() // the first error is the one that counts
			return nil, p.wrap("the database cannot be reached", err)
		}
		if log != nil {
			log.Warn("jdbc: the database cannot be reached; trying again", "table", p.table.Name,
				"pause", pause, "error", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// wrap marks an error of the database.
func (p *place) wrap(what string, err error) error {
	e := &errs.Error{Mark: errs.User, Cause: err, Msg: p.who}
	if p.who == "" {
		e.Msg = "table '" + p.table.Name + "'"
	}
	if what != "" {
		e.Msg += ": " + what
	}
	if passing(err) {
		e.Mark = errs.Transient
	}
	return e
}

// passing says whether trying again may help: the connection failed, or the database was busy or
// going down. Wrong statements, rights and values stay wrong.
func passing(err error) bool {
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, sql.ErrConnDone) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] { // connection, rollback (deadlock), resources, operator, system
		case "08", "40", "53", "57", "58":
			return true
		}
		return false
	}
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		switch my.Number { // too many connections, shutdown, lock wait, deadlock
		case 1040, 1053, 1205, 1213:
			return true
		}
		return false
	}
	var connecting *pgconn.ConnectError
	return errors.As(err, &connecting) || strings.Contains(err.Error(), "database is locked")
}

// wrapData keeps the mark of an error about a value.
func (p *place) wrapData(err error) error {
	var e *errs.Error
	if errors.As(err, &e) {
		e.Place = "table '" + p.table.Name + "'"
		return e
	}
	return p.wrap("", err)
}
