// What every route has before it: the partition, the keys' check, and the functions that answer.
// Inside serve/http only.
#pragma once

#include <array>
#include <thread>

#include "serve/http/centre_sessions.h"
#include "serve/http/exchange.h"
#include "serve/http/routes.h"
#include "serve/http/streams.h"

namespace aizuchi::serve {

// The last backup that was asked for.
struct BackupStanding {
  std::string name;   // "": none yet
  std::string state;  // running, done, failed
  ground::Instant started_at;
  uint64_t last_sequence = 0, people = 0, files = 0, bytes = 0;
  std::string link, digest;
  std::string code;  // why it failed
};

// What a body says to prove who asks.
struct Tokens {
  std::string person, device;
};

struct Desk {
  Partition& partition;
  Limits limits;
  RoutesOptions options;
  std::array<uint64_t, 6> answers_by_class{};  // by the first digit of the status
  std::array<uint64_t, shed_count> shed{};     // requests given up, by what they are
  bool publishing = false;
  std::jthread publisher = {};  // compiles the folder that is being published
  BackupStanding backup = {};
  std::jthread backing_up = {};  // makes it
  Streams streams = {};          // of changes, open
  CentreSessions centre = {};    // who has the preference centre open

  enum class Kind : uint8_t { any, secret };
  // The key of a request, when it may do this. `body_key` is a writeKey of the body, used when no
  // header names a key. Errors: unauthorized, forbidden, busy (a limit).
  ground::Result<Key> admit(const Request& request, Scope scope, Kind kind = Kind::any,
                            std::string_view body_key = {});
  // Counts a request of its address, unless it names a secret key that is one. Errors: busy;
  // invalid (the proxies' headers differ).
  ground::Result<void> charge_address(const Request& request);
  bool names_secret_key(const Request& request);
  // The same of the key, by its own limit or the server's for public keys. Errors: busy.
  ground::Result<void> charge_key(const Key& key);
  // Lets whom a public key speaks for ask or tell so much more; `person` is as prove() left it.
  // Errors: busy, and the exchange says when to come again.
  ground::Result<void> charge_person(Exchange& exchange, const Key& key, const Asking& person,
                                     uint32_t cost = 1);
  // Makes the asking side the person and the device that the request's tokens name: those of the
  // body, else a Bearer credential that is a token, and the header Aizuchi-Device. Without tokens
  // nothing changes. Errors: unauthorized.
  ground::Result<void> prove(Asking& asking, const Request& request, const Tokens& body = {});
};

// Who is meant by {"anonymousId", "userId"} of a body.
ground::Result<Asking> asking_member(const ground::Value& object);
// {"token", "deviceToken"} of a body.
ground::Result<Tokens> tokens_member(const ground::Value& object);
// … and by ?anonymousId=…&userId=… of a query.
Asking asking_query(const Exchange& exchange);
// … and by {id} of a path: a user id, or an anonymous id with ?kind=anonymousId.
ground::Result<Asking> asking_path(const Exchange& exchange);

// The key of a request about its own asker, who is counted: a page speaks for the device it runs
// on, or for the person whose token it has; a server for anyone, when it may (scope privacy).
ground::Result<Key> admit_for_me(Desk& desk, Exchange& exchange, Asking& person,
                                 const Tokens& tokens = {}, std::string_view body_key = {});

// Of the texts: ?locale=…, or what the browser prefers.
ground::LocaleId locale_of(const Exchange& exchange, const ground::Snapshot& snapshot);

// Is this origin the one that the request was sent to?
bool same_origin(const Request& request, std::string_view origin);

using Answering = void (*)(Desk&, const ExchangePtr&);

// routes_ingest.cpp
void answer_batch(Desk& desk, const ExchangePtr& exchange);
void answer_single(Desk& desk, const ExchangePtr& exchange);
void answer_client_metrics(Desk& desk, const ExchangePtr& exchange);
void answer_settings(Desk& desk, const ExchangePtr& exchange);
void answer_exposure(Desk& desk, const ExchangePtr& exchange);
void answer_outcome(Desk& desk, const ExchangePtr& exchange);
void answer_said(Desk& desk, const ExchangePtr& exchange);
void answer_threads(Desk& desk, const ExchangePtr& exchange);
void answer_owed(Desk& desk, const ExchangePtr& exchange);
// routes_decide.cpp
void answer_decide(Desk& desk, const ExchangePtr& exchange);
void answer_why(Desk& desk, const ExchangePtr& exchange);
// routes_export.cpp
void answer_export(Desk& desk, const ExchangePtr& exchange);
// routes_own_key.cpp
void answer_own_key(Desk& desk, const ExchangePtr& exchange);
// routes_people.cpp
void answer_device(Desk& desk, const ExchangePtr& exchange);
void answer_purposes(Desk& desk, const ExchangePtr& exchange);
void answer_set_purpose(Desk& desk, const ExchangePtr& exchange);
void answer_person(Desk& desk, const ExchangePtr& exchange);
void answer_person_events(Desk& desk, const ExchangePtr& exchange);
void answer_find_events(Desk& desk, const ExchangePtr& exchange);
// routes_me.cpp
void answer_me(Desk& desk, const ExchangePtr& exchange);
void answer_export_me(Desk& desk, const ExchangePtr& exchange);
void answer_stop_me(Desk& desk, const ExchangePtr& exchange);
void answer_correct_me(Desk& desk, const ExchangePtr& exchange);
void answer_use_of_fact(Desk& desk, const ExchangePtr& exchange);
void answer_forget_me(Desk& desk, const ExchangePtr& exchange);
void answer_erase_me(Desk& desk, const ExchangePtr& exchange);
void answer_erase_person(Desk& desk, const ExchangePtr& exchange);
// routes_centre.cpp, centre_deeds.cpp
void answer_centre(Desk& desk, const ExchangePtr& exchange);
void answer_centre_page(Desk& desk, const ExchangePtr& exchange);
void answer_centre_deed(Desk& desk, const ExchangePtr& exchange);
void answer_centre_link(Desk& desk, const ExchangePtr& exchange);
void answer_open_centre_link(Desk& desk, const ExchangePtr& exchange);
// A link to the preference centre for a mail: `path`, and until when it works.
void mint_centre_link(Desk& desk, const ExchangePtr& exchange, const std::string& user_id,
                      const Key& key);
// routes_wishes.cpp
void answer_set_pause(Desk& desk, const ExchangePtr& exchange);
void answer_set_frequency(Desk& desk, const ExchangePtr& exchange);
// routes_questions.cpp
void answer_question(Desk& desk, const ExchangePtr& exchange);
void answer_answer(Desk& desk, const ExchangePtr& exchange);
void answer_tell(Desk& desk, const ExchangePtr& exchange);
void answer_give_backs(Desk& desk, const ExchangePtr& exchange);
void answer_values(Desk& desk, const ExchangePtr& exchange);
void answer_train_values(Desk& desk, const ExchangePtr& exchange);
// routes_felt.cpp
void answer_ask_felt(Desk& desk, const ExchangePtr& exchange);
void answer_tell_felt(Desk& desk, const ExchangePtr& exchange);
void answer_felt(Desk& desk, const ExchangePtr& exchange);
// routes_odd.cpp
void answer_mark_odd(Desk& desk, const ExchangePtr& exchange);
void answer_odd(Desk& desk, const ExchangePtr& exchange);
void answer_resume_odd(Desk& desk, const ExchangePtr& exchange);
void answer_opt_out_signal(Desk& desk, const ExchangePtr& exchange);
void answer_receipt_keys(Desk& desk, const ExchangePtr& exchange);
// routes_mailbox.cpp
void answer_mint_mailbox(Desk& desk, const ExchangePtr& exchange);
void answer_mailbox(Desk& desk, const ExchangePtr& exchange);
void answer_stop_by_mailbox(Desk& desk, const ExchangePtr& exchange);
// routes_publish.cpp
void answer_publish(Desk& desk, const ExchangePtr& exchange);
void answer_published(Desk& desk, const ExchangePtr& exchange);
void answer_versions(Desk& desk, const ExchangePtr& exchange);
void answer_rollback(Desk& desk, const ExchangePtr& exchange);
// routes_audit.cpp
void answer_audit(Desk& desk, const ExchangePtr& exchange);
void answer_audit_verify(Desk& desk, const ExchangePtr& exchange);
// routes_operation.cpp
void answer_stops(Desk& desk, const ExchangePtr& exchange);
void answer_stop(Desk& desk, const ExchangePtr& exchange);
void answer_start(Desk& desk, const ExchangePtr& exchange);
void answer_products(Desk& desk, const ExchangePtr& exchange);
void answer_backup(Desk& desk, const ExchangePtr& exchange);
void answer_backups(Desk& desk, const ExchangePtr& exchange);
// routes_admin.cpp
void answer_keys(Desk& desk, const ExchangePtr& exchange);
void answer_create_key(Desk& desk, const ExchangePtr& exchange);
void answer_revoke_key(Desk& desk, const ExchangePtr& exchange);
void answer_health(Desk& desk, const ExchangePtr& exchange);
void answer_ready(Desk& desk, const ExchangePtr& exchange);
void answer_openapi(Desk& desk, const ExchangePtr& exchange);
// routes_audiences.cpp
void answer_audiences(Desk& desk, const ExchangePtr& exchange);
void answer_count_audiences(Desk& desk, const ExchangePtr& exchange);
void answer_members(Desk& desk, const ExchangePtr& exchange);
void answer_population(Desk& desk, const ExchangePtr& exchange);
void answer_count_population(Desk& desk, const ExchangePtr& exchange);
// routes_ofrep.cpp
void answer_flag(Desk& desk, const ExchangePtr& exchange);
void answer_flags(Desk& desk, const ExchangePtr& exchange);
void answer_flag_stream(Desk& desk, const ExchangePtr& exchange);
void answer_flag_manifest(Desk& desk, const ExchangePtr& exchange);
void answer_flag_list(Desk& desk, const ExchangePtr& exchange);
void answer_recommender(Desk& desk, const ExchangePtr& exchange);
void answer_train_recommender(Desk& desk, const ExchangePtr& exchange);
void answer_choice(Desk& desk, const ExchangePtr& exchange);
void answer_train_choice(Desk& desk, const ExchangePtr& exchange);
void answer_webhooks(Desk& desk, const ExchangePtr& exchange);
void answer_add_webhook(Desk& desk, const ExchangePtr& exchange);
void answer_remove_webhook(Desk& desk, const ExchangePtr& exchange);
void answer_rotate_webhook(Desk& desk, const ExchangePtr& exchange);
void answer_test_webhook(Desk& desk, const ExchangePtr& exchange);
void answer_skip_message(Desk& desk, const ExchangePtr& exchange);
// routes_sdk.cpp
void answer_sdk(Desk& desk, const ExchangePtr& exchange);
// routes_metrics.cpp
void answer_metrics(Desk& desk, const ExchangePtr& exchange);

}  // namespace aizuchi::serve
