// What a person does in the preference centre: plain forms, each answered with the page anew. A
// form counts only when it is of this very session and came from this very origin, so that no other
// page can send one in somebody's name.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ground/base/hash.h"
#include "ground/base/text.h"
#include "ground/catalog/snapshot.h"
#include "serve/http/centre_visit.h"
#include "serve/http/operator_json.h"
#include "serve/partition/centre.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

// A form as browsers send it: application/x-www-form-urlencoded.
class Form {
 public:
  explicit Form(std::string_view body) {
    for (const std::string_view part : ground::split(body, '&')) {
      const size_t equals = std::min(part.find('='), part.size());
      auto name = percent_decoded(part.substr(0, equals), Plus::space);
      auto value = percent_decoded(part.substr(std::min(equals + 1, part.size())), Plus::space);
      if (name && value) fields_.emplace_back(*std::move(name), *std::move(value));
    }
  }
  // The first of this name; "" when there is none.
  std::string get(std::string_view name) const {
    const auto found =
        std::ranges::find(fields_, name, [](const auto& f) -> std::string_view { return f.first; });
    return found == fields_.end() ? "" : found->second;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// One form that counts, with what is needed to do it and to answer it when it is done.
struct Deed {
  Desk& desk;
  ExchangePtr exchange;
  std::shared_ptr<const ground::Snapshot> snapshot;
  Form form;
  std::string secret;
  Asking who;
  Key key;
  bool by_mail = false;

  // Back to a part of the page, which says so first. The session may have ended meanwhile.
  void done(std::string_view note, std::string_view part) const {
    if (CentreSession* session = desk.centre.find(secret, desk.partition.clock().now()))
      session->note = note;
    redirect_in_centre(*exchange, fmt::format("/me#{}", part));
  }
  void failed(const ground::Error& error, std::string_view part) const {
    const bool theirs = error.code == ErrorCode::invalid || error.code == ErrorCode::not_found ||
                        error.code == ErrorCode::forbidden || error.code == ErrorCode::conflict;
    done(theirs ? "note_invalid" : "note_failed", part);
  }
  // What most are answered with.
  Partition::IngestDone then(std::string note, std::string part) const {
    return [deed = *this, note = std::move(note),
            part = std::move(part)](const Result<Ingested>& outcome) {
      if (!outcome) return deed.failed(outcome.error(), part);
      deed.done(note, part);
    };
  }
};

void set_purpose(const Deed& deed) {
  const std::string name = deed.form.get("purpose");
  const bool granted = deed.form.get("granted") == "true";
  const ground::Purpose* purpose = deed.snapshot->purpose(name);
  if (purpose == nullptr) return deed.done("note_invalid", "purposes");
  // Whoever only read a mail agrees to nothing.
  if (granted && deed.by_mail) return deed.done("note_invalid", "purposes");
  // Agreed is to the words that were read.
  if (granted && deed.form.get("text") != Partition::text_version(*purpose))
    return deed.done("note_words_changed", "purposes");
  deed.desk.partition.set_purposes(deed.who, {{name, granted}}, deed.key,
                                   deed.then(granted ? "note_on" : "note_off", "purposes"));
}

void stop_everything(const Deed& deed) {
  std::vector<Partition::ConsentChange> changes;
  // What serves their orders goes on; it has no switch either.
  for (const ground::Purpose& purpose : deed.snapshot->purposes)
    if (purpose.basis != ground::Basis::contract) changes.push_back({purpose.name, false});
  deed.desk.partition.set_purposes(deed.who, changes, deed.key,
                                   deed.then("note_stopped", "purposes"));
}

void set_use(const Deed& deed) {
  const bool allowed = deed.form.get("allowed") == "true";
  const UseChange change{
      .name = deed.form.get("fact"), .purpose = deed.form.get("purpose"), .allowed = allowed};
  deed.desk.partition.set_use(
      deed.who, change, deed.key,
      deed.then(allowed ? "note_used" : "note_unused", allowed ? "history" : "known"));
}

// A line of text as the fact's type wants it.
Value typed(const std::string& text, const ground::FactRule* rule) {
  if (rule == nullptr) return Value(text);
  switch (rule->type) {
    case ground::FactType::boolean:
      return text == "true" || text == "false" ? Value(text == "true") : Value(text);
    case ground::FactType::integer: {
      int64_t number = 0;
      const auto [at, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
      return wrong == std::errc() && at == text.data() + text.size() ? Value(number) : Value(text);
    }
    case ground::FactType::real: {
      double number = 0;
      const auto [at, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
      return wrong == std::errc() && at == text.data() + text.size() ? Value(number) : Value(text);
    }
    case ground::FactType::strings: {
      ground::ValueList parts;
      for (const std::string_view part : ground::split(text, ','))
        if (!ground::trim(part).empty()) parts.emplace_back(ground::trim(part));
      return Value::list(std::move(parts));
    }
    default:
      return Value(text);
  }
}

void correct(const Deed& deed) {
  const std::string fact = deed.form.get("fact"), text = deed.form.get("value");
  if (text.empty()) return deed.done("note_invalid", "known");
  deed.desk.partition.correct(deed.who, fact, typed(text, deed.snapshot->fact(fact)), deed.key,
                              [deed](const Result<Partition::Corrected>& outcome) {
                                if (!outcome) return deed.failed(outcome.error(), "known");
                                deed.done("note_corrected", "known");
                              });
}

void forget(const Deed& deed) {
  deed.desk.partition.forget_value(deed.who, deed.form.get("fact"), deed.key,
                                   [deed](const Result<Partition::Receipt>& receipt) {
                                     if (!receipt) return deed.failed(receipt.error(), "known");
                                     deed.done("note_forgotten", "known");
                                   });
}

// Their session becomes nobody's: what is left of it is the receipt.
void erase(const Deed& deed) {
  if (deed.form.get("sure") != "yes") return redirect_in_centre(*deed.exchange, "/me/erase");
  deed.desk.partition.erase(deed.who, deed.key, [deed](const Result<Partition::Receipt>& receipt) {
    if (!receipt) return deed.failed(receipt.error(), "take");
    deed.desk.centre.end_others(deed.who.user_id, deed.secret);
    if (CentreSession* session =
            deed.desk.centre.find(deed.secret, deed.desk.partition.clock().now())) {
      session->kind = CentreSession::Kind::receipt;
      session->who = {};
      session->receipt = receipt->json;
      session->receipt_jws = receipt->jws;
    }
    redirect_in_centre(*deed.exchange, "/me/receipt");
  });
}

void end(const Deed& deed) {
  deed.desk.centre.end(deed.secret);
  redirect_in_centre(*deed.exchange, "/me/ended",
                     {{"Set-Cookie", centre_cookie_gone(deed.exchange->request)}});
}

void set_pause(const Deed& deed) {
  const bool lift = !deed.form.get("lift").empty();
  PauseChange change;
  if (!lift) change = {.from = deed.form.get("from"), .until = deed.form.get("until")};
  if (!lift && change.until.empty()) return deed.done("note_invalid", "pause");
  Centre(deed.desk.partition)
      .set_pause(deed.who, change, deed.key,
                 deed.then(lift ? "note_lifted" : "note_paused", "pause"));
}

// "2/30d"
void set_frequency(const Deed& deed) {
  const std::string often = deed.form.get("often");
  const std::string_view text = often;
  const size_t slash = std::min(text.find('/'), text.size());
  FrequencyChange change{.channel = deed.form.get("channel"),
                         .per = std::string(text.substr(std::min(slash + 1, text.size())))};
  const auto [at, wrong] = std::from_chars(text.data(), text.data() + slash, change.times);
  if (wrong != std::errc() || at != text.data() + slash)
    return deed.done("note_invalid", "frequency");
  Centre(deed.desk.partition)
      .set_frequency(deed.who, change, deed.key, deed.then("note_frequency", "frequency"));
}

// The axes they named, the dearest first; or nothing of it any more.
void set_values(const Deed& deed) {
  const std::string fact = deed.form.get("fact");
  const ground::FactRule* rule = deed.snapshot->fact(fact);
  if (rule == nullptr || rule->type != ground::FactType::values)
    return deed.done("note_invalid", "values");
  if (!deed.form.get("reset").empty())
    return deed.desk.partition.forget_value(deed.who, fact, deed.key,
                                            [deed](const Result<Partition::Receipt>& receipt) {
                                              if (!receipt)
                                                return deed.failed(receipt.error(), "values");
                                              deed.done("note_values_reset", "known");
                                            });
  ground::ValueList order;
  for (const char* field : {"rank1", "rank2", "rank3"}) {
    const Value axis(deed.form.get(field));
    const auto same = [&](const Value& each) { return each.same(axis); };
    if (!axis.as_string().empty() && std::ranges::none_of(order, same)) order.push_back(axis);
  }
  deed.desk.partition.correct(deed.who, fact, Value::list(std::move(order)), deed.key,
                              [deed](const Result<Partition::Corrected>& outcome) {
                                if (!outcome) return deed.failed(outcome.error(), "values");
                                deed.done("note_values", "values");
                              });
}

struct Named {
  std::string_view name;
  void (*act)(const Deed&);
  bool by_mail = false;  // may whoever reads a mail do it?
};
constexpr Named deeds[] = {{"purpose", set_purpose, true},
                           {"stop", stop_everything, true},
                           {"pause", set_pause, true},
                           {"frequency", set_frequency, true},
                           {"end", end, true},
                           {"use", set_use},
                           {"correct", correct},
                           {"values", set_values},
                           {"forget", forget},
                           {"erase", erase}};

// ---- coming in

Result<CentreSession> session_of(Desk& desk, const Form& form) {
  const std::string key_text = form.get("key");
  const Key key = TRY(desk.partition.check_key(key_text));
  if (key.secret)
    return fail(ErrorCode::forbidden, "A secret key was sent from a browser page.",
                "Revoke it, and use a public key (pk_…) in pages.");
  if (!key.may(Scope::decide) || !key.may(Scope::ingest))
    return fail(ErrorCode::forbidden, "The page's key may not decide and send events.");
  CentreSession session{.key_text = key_text};
  TRY(desk.partition.prove(session.who, form.get("token")));
  session.locale = form.get("locale");
  return session;
}

void open_session(Desk& desk, const ExchangePtr& exchange, const ground::Snapshot& snapshot,
                  const Form& form) {
  auto session = session_of(desk, form);
  if (!session) return send_centre_message(*exchange, snapshot, nullptr, 401, "closed");
  // Whoever was here before in this browser is not any more.
  desk.centre.end(centre_visit(desk, exchange->request).secret);
  const std::string secret =
      desk.centre.open(*std::move(session), desk.partition.dice(), desk.partition.clock().now());
  redirect_in_centre(*exchange, "/me",
                     {{"Set-Cookie", centre_cookie_text(exchange->request, secret)}});
}

// A browser says of every form where it was; what does not is no browser, and has no cookie of one.
bool is_ours(const Request& request) {
  const std::string_view origin = request.header("origin"), site = request.header("sec-fetch-site");
  return (origin.empty() || same_origin(request, origin)) &&
         (site.empty() || site == "same-origin");
}

}  // namespace

void answer_centre_deed(Desk& desk, const ExchangePtr& exchange) {
  const auto snapshot = desk.partition.snapshot();
  if (!centre_is_open(*exchange, snapshot.get())) return;
  const std::string name = exchange->parameters.front();
  Form form(exchange->request.body);
  if (name == "session") return open_session(desk, exchange, *snapshot, form);
  const CentreVisit visit = centre_visit(desk, exchange->request);
  const bool by_mail = visit.session != nullptr && visit.session->kind == CentreSession::Kind::mail;
  if (visit.session == nullptr || (!by_mail && visit.session->kind != CentreSession::Kind::person))
    return send_centre_message(*exchange, *snapshot, nullptr, 401, "closed");
  if (!is_ours(exchange->request) ||
      !ground::equal_constant_time(form.get("csrf"), visit.session->csrf))
    return send_centre_message(*exchange, *snapshot, visit.session, 403, "refused");
  const auto deed = std::ranges::find(deeds, name, &Named::name);
  if (deed == std::end(deeds) || (by_mail && !deed->by_mail))
    return send_centre_message(*exchange, *snapshot, visit.session, 404, "gone");
  const Deed all{.desk = desk,
                 .exchange = exchange,
                 .snapshot = snapshot,
                 .form = std::move(form),
                 .secret = visit.secret,
                 .who = visit.session->who,
                 .key = visit.key,
                 .by_mail = by_mail};
  // Of somebody who is not known, or was erased, nothing is made by a mail; it looks alike.
  if (by_mail && name != "end" && !Centre(desk.partition).knows(all.who))
    return all.done("note_off", "purposes");
  deed->act(all);
}

}  // namespace aizuchi::serve
