/**
 * Written by `make docs` with openapi-typescript.
 * Do not make direct changes to the file.
 */

export interface paths {
    "/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List rooms, newest first */
        get: operations["list_rooms"];
        put?: never;
        /** Create a room */
        post: operations["create_room"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a room */
        get: operations["get_room"];
        put?: never;
        post?: never;
        /** Delete a room and end its call */
        delete: operations["delete_room"];
        options?: never;
        head?: never;
        /** Update a room; null leaves a field unchanged */
        patch: operations["update_room"];
        trace?: never;
    };
    "/rooms/{roomId}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the participants of a room */
        get: operations["list_participants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Add, update and, with null, remove participants: all or none */
        patch: operations["add_or_update_participants"];
        trace?: never;
    };
    "/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a user, with a token if scopes are given */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/identities/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a user */
        get: operations["get_user"];
        put?: never;
        post?: never;
        /** Delete a user and revoke their tokens */
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/identities/{id}/:issueAccessToken": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Issue a token for a user */
        post: operations["get_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/identities/{id}/:revokeAccessTokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revoke all tokens of a user */
        post: operations["revoke_tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/teamsUser/:exchangeAccessToken": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange a Teams user's Entra token */
        post: operations["get_token_for_teams_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/access/teamsExtension/tenants/{tenantId}/assignments/{objectId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an assignment of Teams extension */
        get: operations["get_teams_assignment"];
        /** Keep an assignment of Teams extension; 201 if there was none */
        put: operations["put_teams_assignment"];
        post?: never;
        /** Delete an assignment of Teams extension */
        delete: operations["delete_teams_assignment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/access/teamsExtension/:exchangeAccessToken": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse to exchange a token of Teams extension (501) */
        post: operations["exchange_teams_extension_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Join the call of a room; 202 if the caller has to wait */
        post: operations["join_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/me/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow whether the caller may come in, as server-sent events; without Accept: text/event-stream, once */
        get: operations["follow_room"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the call of a room and who is in it */
        get: operations["get_call"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call/participants/{rawId}:mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mute a participant */
        post: operations["mute_participant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call/participants/{rawId}:unmute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Unmute a telephone; people unmute themselves */
        post: operations["unmute_phone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call/participants/{rawId}:sendDtmf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send digits to a telephone in the call */
        post: operations["send_dtmf"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call/participants/{rawId}:admit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Admit somebody who waits, was declined or is kept out, to this call */
        post: operations["admit_participant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call/participants/{rawId}:decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decline somebody who waits; they may ask again after a while */
        post: operations["decline_participant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call:admitAll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Admit everyone who waits to this call */
        post: operations["admit_everyone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call/participants/{rawId}:remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove a participant from the call, who stays on the roster, or hang up a telephone */
        post: operations["remove_from_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call:end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the call for everyone; the room stays open */
        post: operations["end_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call:testConnection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Get a media token for a test of the connection, also before the room opens */
        post: operations["test_connection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call:dialOut": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Call a phone number into the room */
        post: operations["dial_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Explain whether an identity may join now */
        get: operations["explain_joining"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List rooms by the beginning of their windows, with titles, people and who waits: all, or those in a state, that overlap a time, or that a search finds */
        get: operations["list_visits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow which rooms of the list change, as server-sent events; without Accept: text/event-stream, once */
        get: operations["follow_visits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a room's window, title and options, and its participants with their names */
        get: operations["get_visit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Update a room's title and options, and the names of participants: all or nothing */
        patch: operations["update_visit"];
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/call:extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add minutes to the room: once, to the end that the caller saw */
        post: operations["extend_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/visits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Plan a visit: a room, its people, and a link for each of them, all or nothing; repeatable as creating a room is */
        post: operations["create_visit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add participants to a room with their names, create the users who are missing, and make a link for each of them, all or nothing; repeatable as creating a room is */
        post: operations["add_people"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the invitations of a room that still work, those of one participant together */
        get: operations["list_invitations"];
        put?: never;
        /** Invite a participant by a new link; it replaces their other links */
        post: operations["create_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/invitations/{invitationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an invitation, without its link */
        get: operations["get_invitation"];
        put?: never;
        post?: never;
        /** Revoke an invitation, and remove its holder from the call */
        delete: operations["revoke_invitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/invitations/{invitationId}.ics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the calendar file of an invitation, with the link if the header openrooms-invitation-secret has its secret */
        get: operations["get_calendar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/invitations:exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange an invitation for a token that is good for its room */
        post: operations["exchange_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List events, oldest first, or with `before`, newest first; with `Accept: text/event-stream`, as a stream of server-sent events that lasts */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/events/{eventId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one event */
        get: operations["get_event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the endpoints to which events are delivered, at most 100 */
        get: operations["list_subscriptions"];
        put?: never;
        /** Have events delivered to an endpoint; the answer has the secret that signs them */
        post: operations["create_subscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/subscriptions/{subscriptionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a subscription and the state of its delivery */
        get: operations["get_subscription"];
        put?: never;
        post?: never;
        /** Delete a subscription and its undelivered events */
        delete: operations["delete_subscription"];
        options?: never;
        head?: never;
        /** Change a subscription, which is then tried at once */
        patch: operations["update_subscription"];
        trace?: never;
    };
    "/openrooms/subscriptions/{subscriptionId}/deadLetters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the events whose delivery was given up, the oldest first */
        get: operations["list_dead_letters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/subscriptions/{subscriptionId}/deadLetters:resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deliver again all events whose delivery was given up */
        post: operations["resend_dead_letters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/subscriptions/{subscriptionId}/deadLetters/{eventId}:resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deliver again one event whose delivery was given up */
        post: operations["resend_dead_letter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/events/{eventId}:resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deliver one kept event again, to the subscription that is named, or to all enabled ones that get it */
        post: operations["resend_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/attendance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who was in the calls of a room, from when to when, those who joined first; also of a deleted room */
        get: operations["list_attendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms/{roomId}/refusals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who could not join the calls of a room, why, how often, and when; also of a deleted room */
        get: operations["list_refusals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/attendance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who was in the calls of all rooms, those stays that began in a time; those who joined first come first */
        get: operations["list_all_attendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/refusals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who could not join the calls of all rooms, of those whose last try was in a time, why, and how often */
        get: operations["list_all_refusals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/users:adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make users of the resource from raw ids that another service made: all or none */
        post: operations["adopt_users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/console/ways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the ways to sign in to the console */
        get: operations["list_ways"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/console/session:begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to sign in at an issuer, for a page of the console */
        post: operations["begin_sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/console/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the session of this browser */
        get: operations["get_session"];
        put?: never;
        /** Sign in by a one-time link or an issuer's code; the session is in a cookie */
        post: operations["sign_in"];
        /** End the session of this browser */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users, the newest first, or find one by its raw id or custom id (q) */
        get: operations["list_users"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/users/{id}/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the rooms on whose roster a user is, newest first */
        get: operations["list_rooms_of_user"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/users/{id}:export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Export what is kept about a person, a page at a time; a page may be empty, and the last one has no `next` */
        post: operations["export_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/users/{id}:erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Erase a person: the user, the places on rosters, tokens, invitations and names; 202 if that goes on */
        post: operations["erase_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the ids of the access keys and when each was last used */
        get: operations["list_access_keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/keys/{keyName}:regenerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace the primary or the secondary access key; the old one stops working within 5 seconds */
        post: operations["regenerate_access_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/keys/{keyName}:reveal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Get an access key and its connection string; the audit trail records it */
        post: operations["reveal_access_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/operator-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List operators' tokens and sessions of the console that have not expired, oldest first */
        get: operations["list_operator_tokens"];
        put?: never;
        /** Make an operator's token */
        post: operations["create_operator_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/operator-tokens/{tokenId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an operator's token, or end a session of the console */
        delete: operations["revoke_operator_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the state of the database and of calls, and how often each limit was reached, in the process that answers */
        get: operations["get_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the settings in effect, without secrets */
        get: operations["list_settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the audit trail, newest first: of a time, an operation, an outcome, a room, a caller, a user */
        get: operations["list_audit_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/rooms:adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a room of the resource from one that another service made, with its id, times, options and roster, and make users of its participants: all or nothing */
        post: operations["adopt_room"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answer as long as the process runs */
        get: operations["get_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answer 200 if requests can be served, and 503 if not */
        get: operations["get_readiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get this description */
        get: operations["get_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the public keys of identity tokens, as a JSON Web Key Set */
        get: operations["get_keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/security.txt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the contact for reports of vulnerabilities (RFC 9116), if the operator has set one */
        get: operations["get_security_txt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/livekit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Receive LiveKit's webhooks, which LiveKit signs */
        post: operations["receive_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/clock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the service's clock */
        get: operations["get_clock"];
        put?: never;
        post?: never;
        /** Let the clock go by the machine's time again */
        delete: operations["reset_clock"];
        options?: never;
        head?: never;
        /** Set, freeze or run the clock; what is left out stays as it is */
        patch: operations["set_clock"];
        trace?: never;
    };
    "/openrooms/dev/clock:advance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move the clock forward, or back; calls are checked and expired data is removed before the answer */
        post: operations["advance_clock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List recorded requests, oldest first: the newest, or those before or after a number; waits for new ones if asked */
        get: operations["list_requests"];
        put?: never;
        post?: never;
        /** Forget the recorded requests */
        delete: operations["clear_requests"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/faults": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the faults, and how often each was injected */
        get: operations["list_faults"];
        put?: never;
        /** Add a fault: conditions, and what happens to the requests that meet them */
        post: operations["add_fault"];
        /** Remove all faults */
        delete: operations["clear_faults"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/faults/{faultId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a fault */
        delete: operations["remove_fault"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export all rooms with their rosters, and all users, as one document */
        get: operations["export_state"];
        /** Replace everything by an exported document of at most 64 MiB: all or nothing */
        put: operations["import_state"];
        post?: never;
        /** Begin anew: remove all rooms, users, faults and recorded requests, and reset the clock */
        delete: operations["reset_state"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a sample event of a type, of the room that is named or of one that is made for samples */
        post: operations["trigger_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/rooms/{roomId}/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who is in the simulated call of a room */
        get: operations["list_people"];
        put?: never;
        /** Put a person into the simulated call: a new user, or the one named; with a role, also on the roster */
        post: operations["add_person"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/rooms/{roomId}/people/{rawId}:leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a simulated person leave the call */
        post: operations["person_leaves"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/rooms/{roomId}/people/{rawId}:mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a simulated person mute their microphone */
        post: operations["person_mutes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/rooms/{roomId}/people/{rawId}:unmute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a simulated person unmute their microphone */
        post: operations["person_unmutes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/rooms/{roomId}/people/{rawId}:loseConnection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a simulated person lose the connection */
        post: operations["person_loses_connection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openrooms/dev/rooms/{roomId}/people/{rawId}:reconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a simulated person restore a lost connection */
        post: operations["person_reconnects"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AccessKeyList
         * @description The access keys of a resource.
         * @example {
         *       "value": [
         *         {
         *           "name": "primary",
         *           "id": "9a1f0c6e52d7b348",
         *           "isFromSettings": false,
         *           "lastUsedAt": "2026-03-14T09:00:00+00:00"
         *         },
         *         {
         *           "name": "secondary",
         *           "id": "5d3e8b7a01c94f26",
         *           "isFromSettings": false
         *         }
         *       ]
         *     }
         */
        AccessKeyList: {
            value: components["schemas"]["AccessKeyModel"][];
        };
        /**
         * AccessKeyModel
         * @description One of a resource's two access keys, without the key. `id` is its name in the audit trail.
         *
         *         `lastUsedAt` is when a request was last signed with it, to the minute; without it, no use is known.
         *         `isFromSettings` is true of a key that a setting puts back at every start.
         */
        AccessKeyModel: {
            /** @enum {string} */
            name: "primary" | "secondary";
            id: string;
            /** @default false */
            isFromSettings: boolean;
            lastUsedAt?: string;
        };
        /**
         * AddedPeopleBody
         * @description The body of adding participants to a room: those who are new there, each as in the plan of a visit.
         * @example {
         *       "participants": [
         *         {
         *           "displayName": "Bo Lindqvist"
         *         }
         *       ]
         *     }
         */
        AddedPeopleBody: {
            participants: components["schemas"]["PlannedPersonBody"][];
        };
        /**
         * PlannedPersonBody
         * @description A participant of a visit to plan; without a `rawId` a user is created. The role is `Attendee` by default.
         */
        PlannedPersonBody: {
            /** @default null */
            rawId: string | null;
            /** @default  */
            displayName: string;
            /** @default null */
            role: ("Presenter" | "Attendee" | "Consumer" | "Collaborator") | null;
            /** @default null */
            bindToFirstBrowser: boolean | null;
        };
        /**
         * AddedPeopleModel
         * @description The participants who were added, in the order of the request, with their links.
         * @example {
         *       "participants": [
         *         {
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "role": "Attendee",
         *           "displayName": "Bo Lindqvist",
         *           "invitation": {
         *             "id": "5f2c1e0b7a9d4e3f",
         *             "url": "https://rooms.example/j#q1W4mX9vTbK2sR7yLc0ZpA"
         *           }
         *         }
         *       ]
         *     }
         */
        AddedPeopleModel: {
            participants: components["schemas"]["PlannedPersonModel"][];
        };
        /**
         * PlannedPersonModel
         * @description A participant of a planned visit, in the order of the request.
         */
        PlannedPersonModel: {
            rawId: string;
            /** @enum {string} */
            role: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
            displayName: string;
            invitation: components["schemas"]["LinkModel"];
        };
        /**
         * LinkModel
         * @description The invitation of a planned participant.
         */
        LinkModel: {
            id: string;
            url: string;
        };
        /**
         * AdmittedModel
         * @description How many people were admitted.
         * @example {
         *       "admitted": 3
         *     }
         */
        AdmittedModel: {
            admitted: number;
        };
        /**
         * AdoptedModel
         * @description The canonical raw ids of the adopted users.
         */
        AdoptedModel: {
            rawIds: string[];
        };
        /**
         * AdoptedRoomModel
         * @description The id of the adopted room, and whether it was adopted now; it was already there if not.
         * @example {
         *       "id": "99475330965778483",
         *       "isNew": true
         *     }
         */
        AdoptedRoomModel: {
            id: string;
            isNew: boolean;
        };
        /**
         * AdoptionBody
         * @description The body of adopting users.
         * @example {
         *       "rawIds": [
         *         "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
         *       ]
         *     }
         */
        AdoptionBody: {
            /** @default [] */
            rawIds: string[];
        };
        /**
         * AdvanceBody
         * @description The body of advancing the clock; a negative number moves it back.
         * @example {
         *       "seconds": 7200
         *     }
         */
        AdvanceBody: {
            seconds: number;
        };
        /**
         * AuditPage
         * @description A page of events, newest first; the last page has no `nextLink`, and others may have few events or none.
         * @example {
         *       "value": [
         *         {
         *           "time": "2026-03-13T16:20:05.7377878+00:00",
         *           "operation": "create_room",
         *           "outcome": "done",
         *           "status": 201,
         *           "resource": "1baa2c90-9c2f-4958-8834-d0197bd38767",
         *           "caller": "key:9a1f0c6e52d7b348",
         *           "client": "203.0.113.7",
         *           "room": "99475330965778483",
         *           "requestId": "1Zp0b7mTQ0GgAAAAAAAABw.0"
         *         }
         *       ]
         *     }
         */
        AuditPage: {
            value: components["schemas"]["AuditEventModel"][];
            nextLink?: string;
        };
        /**
         * AuditEventModel
         * @description One event; `docs/operations/audit.md` explains its fields.
         */
        AuditEventModel: {
            time: string;
            operation: string;
            /** @enum {string} */
            outcome: "done" | "refused" | "failed";
            status: number;
            resource: string;
            caller: string;
            client: string;
            /** @default  */
            room: string;
            /** @default  */
            user: string;
            /** @default  */
            reason: string;
            /** @default  */
            requestId: string;
        };
        /**
         * BeginBody
         * @description The way at whose issuer to sign in.
         * @example {
         *       "way": "0"
         *     }
         */
        BeginBody: {
            /** @default  */
            way: string;
        };
        /**
         * BegunModel
         * @description The address at the issuer to which the browser has to go.
         * @example {
         *       "url": "https://login.example/authorize?response_type=code&client_id=openrooms"
         *     }
         */
        BegunModel: {
            url: string;
        };
        /**
         * CallModel
         * @description The call of a room: `active` if someone is in it, otherwise `idle`. `dialOuts` has the live dial-outs first, then
         *         those that ended in the last hour, the newest first. A telephone is among the participants once it has answered.
         *
         *         Presenters and the operator see who waits: the first 100, and how many in all; and the first 100 who are kept out.
         * @example {
         *       "state": "active",
         *       "participants": [
         *         {
         *           "communicationIdentifier": {
         *             "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
         *           },
         *           "role": "Presenter",
         *           "displayName": "Dr Ada Okafor",
         *           "joinedAt": "2026-03-14T09:00:07+00:00"
         *         }
         *       ],
         *       "dialOuts": [
         *         {
         *           "id": "7c1e5b1f0a9d4e2f8b3c6d5e4f3a2b1c",
         *           "phoneNumber": "+15551234567",
         *           "state": "ended",
         *           "askedBy": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "since": "2026-03-14T09:05:41+00:00",
         *           "outcome": "busy",
         *           "sipStatus": 486
         *         }
         *       ],
         *       "waiting": [
         *         {
         *           "communicationIdentifier": {
         *             "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
         *           },
         *           "role": "Attendee",
         *           "displayName": "Bo",
         *           "since": "2026-03-14T09:02:11+00:00"
         *         }
         *       ],
         *       "waitingCount": 1,
         *       "keptOut": []
         *     }
         */
        CallModel: {
            state: string;
            participants: components["schemas"]["CallParticipantModel"][];
            dialOuts: components["schemas"]["DialOutModel"][];
            waiting?: components["schemas"]["AtDoorModel"][];
            waitingCount?: number;
            keptOut?: components["schemas"]["AtDoorModel"][];
        };
        /**
         * CallParticipantModel
         * @description Someone who is in the call; `nameSource` says who gave the name: `organiser`, or `typed` by the person.
         */
        CallParticipantModel: {
            communicationIdentifier: components["schemas"]["IdentifierModel"];
            /** @enum {string} */
            role: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
            displayName: string;
            joinedAt: string;
            /** @default  */
            nameSource: string;
        };
        /**
         * IdentifierModel
         * @description An identity by its raw id.
         */
        IdentifierModel: {
            rawId: string;
        };
        /**
         * DialOutModel
         * @description A dial-out: `dialing`, `ringing`, `inCall` or `ended`. `since` says when this state began. An ended one has an
         *         outcome: `busy`, `declined`, `noAnswer`, `unreachable`, `failed`, `hungUp`, `removed` or `closed`.
         *
         *         Attendees and Consumers see a number such as `+1 ••• ••• 4567`. `askedBy` is the raw id of the person who dialled,
         *         or `operator`. In the call, the telephone has the identity `4:anonymous_` and the `id`.
         * @example {
         *       "id": "7c1e5b1f0a9d4e2f8b3c6d5e4f3a2b1c",
         *       "phoneNumber": "+15551234567",
         *       "state": "ended",
         *       "askedBy": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *       "since": "2026-03-14T09:05:41+00:00",
         *       "outcome": "busy",
         *       "sipStatus": 486
         *     }
         */
        DialOutModel: {
            id: string;
            phoneNumber: string;
            state: string;
            askedBy: string;
            since: string;
            /** @default null */
            answeredAt: string | null;
            /** @default null */
            outcome: string | null;
            /** @default null */
            sipStatus: number | null;
        };
        /**
         * AtDoorModel
         * @description Somebody who waits to be admitted, or is kept out, and since when.
         */
        AtDoorModel: {
            communicationIdentifier: components["schemas"]["IdentifierModel"];
            /** @enum {string} */
            role: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
            displayName: string;
            since: string;
        };
        /**
         * ClockBody
         * @description The body of setting the clock.
         * @example {
         *       "time": "2026-03-14T11:00:00Z",
         *       "isFrozen": true
         *     }
         */
        ClockBody: {
            /** @default null */
            time: string | null;
            /** @default null */
            isFrozen: boolean | null;
            /** @default null */
            strictSignatures: boolean | null;
        };
        /**
         * ClockModel
         * @description The service's clock.
         *
         *         While `strict_signatures` is false, the date of a signature may also be near the machine's time, which the clients
         *         go by.
         * @example {
         *       "time": "2026-03-14T11:00:00+00:00",
         *       "isFrozen": true,
         *       "isMoved": true,
         *       "strictSignatures": false
         *     }
         */
        ClockModel: {
            time: string;
            isFrozen: boolean;
            isMoved: boolean;
            strictSignatures: boolean;
        };
        /**
         * ConnectionTestModel
         * @description A test of the connection: connect LiveKit's SDK to `mediaUrl` with `mediaToken`, until `expiresOn`.
         * @example {
         *       "mediaUrl": "wss://rooms.example/livekit",
         *       "mediaToken": "eyJhbGciOiJIUzI1NiIs...",
         *       "expiresOn": "2026-03-14T09:30:00+00:00"
         *     }
         */
        ConnectionTestModel: {
            mediaUrl: string;
            mediaToken: string;
            expiresOn: string;
        };
        /**
         * DeadLetterList
         * @description A page of dead letters; the last page has no `nextLink`.
         * @example {
         *       "value": [
         *         {
         *           "id": "03e669d3-1b5e-8828-8000-000000000005",
         *           "type": "Microsoft.Communication.CallEnded",
         *           "time": "2026-03-14T09:00:00+00:00",
         *           "room": "99475330965778483",
         *           "since": "2026-03-14T09:00:00+00:00",
         *           "attempts": 28,
         *           "error": "answered 500"
         *         }
         *       ]
         *     }
         */
        DeadLetterList: {
            value: components["schemas"]["DeadLetterModel"][];
            /** @default null */
            nextLink: string | null;
        };
        /**
         * DeadLetterModel
         * @description An event whose delivery was given up: when it was first tried, how often, and what went wrong last.
         *
         *         `id`, `type`, `time` and `room` are the event's; `type` is empty if the event is no longer kept.
         */
        DeadLetterModel: {
            id: string;
            type: string;
            time: string;
            room: string;
            since: string;
            attempts: number;
            error: string;
        };
        /**
         * DeclineBody
         * @description The body of declining somebody; they read the reason, of at most 200 characters.
         * @example {
         *       "reason": "Please call reception."
         *     }
         */
        DeclineBody: {
            /** @default  */
            reason: string;
        };
        /**
         * DialOutBody
         * @description The body of dialling out.
         * @example {
         *       "phoneNumber": "+15551234567"
         *     }
         */
        DialOutBody: {
            /** @default  */
            phoneNumber: string;
        };
        /**
         * DigitsBody
         * @description The body of sending digits to a telephone.
         * @example {
         *       "digits": "12#"
         *     }
         */
        DigitsBody: {
            /** @default  */
            digits: string;
        };
        /**
         * ErasureModel
         * @description How far the erasure of a person is: `done`, or `running`.
         * @example {
         *       "state": "done"
         *     }
         */
        ErasureModel: {
            /** @enum {string} */
            state: "done" | "running";
        };
        /**
         * EventEnvelope
         * @description An event in the JSON form of CloudEvents 1.0.
         * @example {
         *       "id": "03e669d3-1b5e-8828-8000-000000000005",
         *       "source": "/resources/1baa2c90-9c2f-4958-8834-d0197bd38767",
         *       "type": "openrooms.room.created",
         *       "time": "2026-03-13T16:20:05.7377878Z",
         *       "specversion": "1.0",
         *       "datacontenttype": "application/json",
         *       "roomsequence": 1,
         *       "subject": "rooms/99475330965778483",
         *       "data": {
         *         "room": {
         *           "id": "99475330965778483",
         *           "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *           "validFrom": "2026-03-14T09:00:00+00:00",
         *           "validUntil": "2026-03-14T09:30:00+00:00",
         *           "pstnDialOutEnabled": false
         *         }
         *       }
         *     }
         */
        EventEnvelope: {
            /** @description Stays the same when the event is sent again. */
            id: string;
            /** @description The resource, such as `/resources/1baa2c90-...`. */
            source: string;
            /** @description The type. */
            type: string;
            /** @description What it is about, such as `call/{serverCallId}`. */
            subject: string;
            /** @description When it happened, in UTC. */
            time: string;
            /** @description The fields of the type. */
            data: Record<string, never>;
            /** @description The event's number in its room, from 1 without gaps. */
            roomsequence: number;
            /**
             * @description `application/json`.
             * @default application/json
             */
            datacontenttype: string;
            /**
             * @description `1.0`.
             * @default 1.0
             */
            specversion: string;
        };
        /**
         * EventList
         * @description A page of events.
         *
         *         `last` is the id after which to go on, even if `value` is empty, and with `before`, to follow what happens next;
         *         `nextLink` is there if more may follow at once.
         * @example {
         *       "value": [
         *         {
         *           "id": "03e669d3-1b5e-8828-8000-000000000005",
         *           "source": "/resources/1baa2c90-9c2f-4958-8834-d0197bd38767",
         *           "type": "openrooms.room.created",
         *           "time": "2026-03-13T16:20:05.7377878Z",
         *           "specversion": "1.0",
         *           "datacontenttype": "application/json",
         *           "roomsequence": 1,
         *           "subject": "rooms/99475330965778483",
         *           "data": {
         *             "room": {
         *               "id": "99475330965778483",
         *               "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *               "validFrom": "2026-03-14T09:00:00+00:00",
         *               "validUntil": "2026-03-14T09:30:00+00:00",
         *               "pstnDialOutEnabled": false
         *             }
         *           }
         *         }
         *       ],
         *       "last": "03e669d3-1b5e-8828-8000-000000000005"
         *     }
         */
        EventList: {
            value: components["schemas"]["EventEnvelope"][];
            last: string;
            /** @default null */
            nextLink: string | null;
        };
        /**
         * EventsModel
         * @description The current state as events; `id` is the `Last-Event-ID` of the stream that has sent them.
         * @example {
         *       "id": "0f3ab1c45d6e7f8090",
         *       "events": [
         *         {
         *           "type": "room",
         *           "data": {
         *             "title": "Follow-up",
         *             "validFrom": "2026-03-14T09:00:00+00:00",
         *             "validUntil": "2026-03-14T09:30:00+00:00"
         *           }
         *         },
         *         {
         *           "type": "waiting",
         *           "data": {
         *             "awaits": "admission",
         *             "since": "2026-03-14T09:02:11+00:00"
         *           }
         *         }
         *       ]
         *     }
         */
        EventsModel: {
            id: string;
            events: components["schemas"]["EventModel"][];
        };
        /**
         * EventModel
         * @description One event: its type and data.
         */
        EventModel: {
            /** @enum {unknown} */
            type: "admitted" | "asking" | "closed" | "declined" | "removed" | "room" | "waiting";
            data: components["schemas"]["EventData"];
        };
        /**
         * EventData
         * @description The data of an event.
         *
         *         `room` has what everyone on the roster may know: title and window. The other events tell somebody whether they may
         *         come in. `admitted`: joining succeeds now. `waiting` and `asking`: they have to wait, and `awaits` says for what;
         *         after `asking`, joining begins the wait. `declined`: with the `reason`; from `mayAskAt` on, joining asks again.
         *         `removed`: they are kept out of this call. `closed`: the refusal of joining, such as by the room's window.
         */
        EventData: {
            title?: string;
            validFrom?: string;
            validUntil?: string;
            /** @enum {unknown} */
            awaits?: "admission" | "presenter";
            since?: string;
            reason?: string;
            mayAskAt?: string;
            code?: string;
            message?: string;
            subCode?: number;
        };
        /**
         * ExchangeBody
         * @description The secret of a link; `confirmBrowser` allows binding the invitation to this browser.
         * @example {
         *       "secret": "q1W4mX9vTbK2sR7yLc0ZpA"
         *     }
         */
        ExchangeBody: {
            /** @default  */
            secret: string;
            /** @default false */
            confirmBrowser: boolean;
        };
        /**
         * ExchangedModel
         * @description A token for the room of an invitation, and what the holder may know of the room.
         *
         *         The token is good for this room alone. Exchange the invitation again before `expiresOn`. Outside of the window,
         *         joining is refused.
         * @example {
         *       "roomId": "99475330965778483",
         *       "token": "eyJhbGciOiJFUzI1NiIs...",
         *       "expiresOn": "2026-03-14T10:00:00+00:00",
         *       "identity": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *       "role": "Presenter",
         *       "displayName": "Dr Ada Okafor",
         *       "title": "Follow-up with Dr Okafor",
         *       "validFrom": "2026-03-14T09:00:00+00:00",
         *       "validUntil": "2026-03-14T09:30:00+00:00",
         *       "invitationId": "5f2c1e0b7a9d4e3f"
         *     }
         */
        ExchangedModel: {
            roomId: string;
            token: string;
            expiresOn: string;
            identity: string;
            /** @enum {string} */
            role: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
            displayName: string;
            title: string;
            validFrom: string;
            validUntil: string;
            invitationId: string;
        };
        /**
         * ExportBody
         * @description Where to go on: the `next` of the page before.
         * @example {}
         */
        ExportBody: {
            /** @default  */
            after: string;
        };
        /**
         * ExtensionBody
         * @description The body of extending: the minutes to add, and the end of the room that the caller saw.
         *
         *         Presenters add 5, 10 or 15 minutes at once, and the operator from 1 to 1440.
         * @example {
         *       "minutes": 5,
         *       "validUntil": "2026-03-14T09:30:00+00:00"
         *     }
         */
        ExtensionBody: {
            minutes: number;
            validUntil: string;
        };
        /**
         * FaultBody
         * @description The body of adding a fault: conditions and effects, as `domain.faults` describes them.
         * @example {
         *       "operation": "create_room",
         *       "nth": 1,
         *       "times": 2,
         *       "status": 429,
         *       "retryAfter": 2
         *     }
         */
        FaultBody: {
            /** @default null */
            operation: string | null;
            /** @default null */
            resource: string | null;
            /** @default null */
            room: string | null;
            /** @default null */
            userAgent: string | null;
            /** @default null */
            endpoint: string | null;
            /** @default null */
            lasts: number | null;
            /** @default null */
            nth: number | null;
            /** @default null */
            times: number | null;
            /** @default 1 */
            probability: number;
            /** @default 0 */
            seed: number;
            /** @default null */
            status: number | null;
            /** @default null */
            retryAfter: number | null;
            /** @default false */
            retryAfterDate: boolean;
            /** @default 0 */
            delay: number;
            /** @default 0 */
            slowBody: number;
            /** @default false */
            malformed: boolean;
            /** @default null */
            cut: components["schemas"]["Cut"] | null;
            /** @default null */
            away: components["schemas"]["Away"] | null;
            /** @default null */
            rotatedKey: components["schemas"]["AccessKeyName"] | null;
            /** @default false */
            expiredCertificate: boolean;
        };
        /**
         * Cut
         * @description Where the connection ends.
         * @enum {unknown}
         */
        Cut: "beforeAnswer" | "beforeRequest" | "inBody" | "inHead";
        /**
         * Away
         * @description What does not answer the service.
         * @enum {unknown}
         */
        Away: "database" | "livekit" | "webhook";
        /**
         * AccessKeyName
         * @description Which of a resource's access keys.
         * @enum {unknown}
         */
        AccessKeyName: "primary" | "secondary";
        /**
         * FaultList
         * @description The faults, oldest first.
         * @example {
         *       "value": [
         *         {
         *           "operation": "create_room",
         *           "nth": 1,
         *           "times": 2,
         *           "status": 429,
         *           "retryAfter": 2,
         *           "id": "1",
         *           "matched": 3,
         *           "injected": 2
         *         }
         *       ]
         *     }
         */
        FaultList: {
            value: components["schemas"]["FaultModel"][];
        };
        /**
         * FaultModel
         * @description A fault, with the number of requests that its conditions fitted, and of those that it was injected into.
         *
         *         A fault of `away=webhook` counts deliveries of events instead of requests.
         * @example {
         *       "operation": "create_room",
         *       "nth": 1,
         *       "times": 2,
         *       "status": 429,
         *       "retryAfter": 2,
         *       "id": "1",
         *       "matched": 3,
         *       "injected": 2
         *     }
         */
        FaultModel: {
            /** @default null */
            operation: string | null;
            /** @default null */
            resource: string | null;
            /** @default null */
            room: string | null;
            /** @default null */
            userAgent: string | null;
            /** @default null */
            endpoint: string | null;
            /** @default null */
            lasts: number | null;
            /** @default null */
            nth: number | null;
            /** @default null */
            times: number | null;
            /** @default 1 */
            probability: number;
            /** @default 0 */
            seed: number;
            /** @default null */
            status: number | null;
            /** @default null */
            retryAfter: number | null;
            /** @default false */
            retryAfterDate: boolean;
            /** @default 0 */
            delay: number;
            /** @default 0 */
            slowBody: number;
            /** @default false */
            malformed: boolean;
            /** @default null */
            cut: components["schemas"]["Cut"] | null;
            /** @default null */
            away: components["schemas"]["Away"] | null;
            /** @default null */
            rotatedKey: components["schemas"]["AccessKeyName"] | null;
            /** @default false */
            expiredCertificate: boolean;
            id: string;
            matched: number;
            injected: number;
        };
        /**
         * IdentityModel
         * @description A user in an answer; only 2025-03-02-preview has more than the id.
         */
        IdentityModel: {
            id: string;
            /** @default null */
            customId: string | null;
            /** @default null */
            lastTokenIssuedAt: string | null;
        };
        /**
         * InvitationBody
         * @description The body of inviting a participant; their earlier invitations end unless `keepOthers` is true.
         * @example {
         *       "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
         *     }
         */
        InvitationBody: {
            /** @default  */
            rawId: string;
            /** @default false */
            bindToFirstBrowser: boolean;
            /** @default false */
            keepOthers: boolean;
        };
        /**
         * InvitationModel
         * @description An invitation of one participant. Only the answer that makes it has the `url`, which nobody can recall later.
         *
         *         `lastUsedAt` is when its link was last opened, to the minute. `boundAt` is when it was bound to a browser.
         * @example {
         *       "id": "5f2c1e0b7a9d4e3f",
         *       "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *       "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *       "bindToFirstBrowser": false,
         *       "url": "https://rooms.example/j#q1W4mX9vTbK2sR7yLc0ZpA"
         *     }
         */
        InvitationModel: {
            id: string;
            rawId: string;
            createdAt: string;
            bindToFirstBrowser: boolean;
            url?: string;
            lastUsedAt?: string;
            boundAt?: string;
        };
        /**
         * InvitationPage
         * @description A page of a room's invitations that still work; the last page has no `nextLink`.
         * @example {
         *       "value": [
         *         {
         *           "id": "5f2c1e0b7a9d4e3f",
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *           "bindToFirstBrowser": false,
         *           "lastUsedAt": "2026-03-14T09:00:00+00:00"
         *         }
         *       ]
         *     }
         */
        InvitationPage: {
            value: components["schemas"]["InvitationModel"][];
            nextLink?: string;
        };
        /**
         * IssuedOperatorTokenModel
         * @description A new operator's token, which nobody can read again.
         * @example {
         *       "id": "9f86d081884c7d65",
         *       "token": "eyJhbGciOiJFUzI1NiIs...",
         *       "expiresOn": "2026-03-14T09:30:00+00:00"
         *     }
         */
        IssuedOperatorTokenModel: {
            id: string;
            token: string;
            expiresOn: string;
        };
        /**
         * IssuedSubscriptionModel
         * @description A new subscription, with the secret that signs its events; no other answer has it.
         * @example {
         *       "id": "5b0d9a3c7e1f4826",
         *       "url": "https://app.example/hooks/rooms",
         *       "state": "delivering",
         *       "createdAt": "2026-03-14T09:00:00+00:00",
         *       "validation": "none",
         *       "delivered": 128,
         *       "waiting": 0,
         *       "deadLetters": 0,
         *       "lagSeconds": 0,
         *       "types": [
         *         "Microsoft.Communication.CallEnded",
         *         "openrooms.join.refused"
         *       ],
         *       "deliveredAt": "2026-03-14T09:30:00+00:00",
         *       "secret": "whsec_..."
         *     }
         */
        IssuedSubscriptionModel: {
            id: string;
            url: string;
            /** @enum {string} */
            state: "delivering" | "away" | "disabled";
            createdAt: string;
            /** @enum {string} */
            validation: "none" | "cloudEvents" | "eventGrid";
            delivered: number;
            waiting: number;
            deadLetters: number;
            lagSeconds: number;
            /** @default [] */
            types: string[];
            /** @default  */
            room: string;
            /** @default  */
            deliveredAt: string;
            /** @default  */
            error: string;
            /** @default  */
            nextAttemptAt: string;
            secret: string;
        };
        /**
         * JoinBody
         * @description The body of joining.
         * @example {
         *       "displayName": "Dr Ada Okafor"
         *     }
         */
        JoinBody: {
            /** @default null */
            displayName: string | null;
        };
        /**
         * JoinedModel
         * @description The result of joining: connect any LiveKit SDK to `mediaUrl` with `mediaToken`.
         * @example {
         *       "roomId": "99475330965778483",
         *       "identity": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *       "role": "Presenter",
         *       "capabilities": {
         *         "turnVideoOn": true,
         *         "unmuteMic": true,
         *         "shareScreen": true
         *       },
         *       "validUntil": "2026-03-14T09:30:00+00:00",
         *       "mediaUrl": "wss://rooms.example/livekit",
         *       "mediaToken": "eyJhbGciOiJIUzI1NiIs..."
         *     }
         */
        JoinedModel: {
            roomId: string;
            identity: string;
            /** @enum {string} */
            role: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
            capabilities: {
                [key: string]: boolean;
            };
            validUntil: string;
            mediaUrl: string;
            mediaToken: string;
        };
        /**
         * OperatorTokenBody
         * @description The role of a new operator's token, and the minutes until it expires.
         * @example {
         *       "role": "contributor",
         *       "minutes": 60
         *     }
         */
        OperatorTokenBody: {
            /**
             * @default reader
             * @enum {string}
             */
            role: "reader" | "contributor";
            /** @default 15 */
            minutes: number;
        };
        /**
         * OperatorTokenList
         * @description Operators' tokens, oldest first.
         * @example {
         *       "value": [
         *         {
         *           "id": "9f86d081884c7d65",
         *           "role": "contributor",
         *           "createdAt": "2026-03-14T09:00:00+00:00",
         *           "expiresOn": "2026-03-14T09:30:00+00:00",
         *           "state": "valid",
         *           "subject": "openid:https://login.example#248289761001"
         *         }
         *       ]
         *     }
         */
        OperatorTokenList: {
            value: components["schemas"]["OperatorTokenModel"][];
        };
        /**
         * OperatorTokenModel
         * @description An operator's token that has not expired; if it belongs to a session, `subject` is the person who signed in.
         *
         *         Its state is `keyless` if both access keys that the resource had when it was made were replaced.
         */
        OperatorTokenModel: {
            id: string;
            /** @enum {string} */
            role: "reader" | "contributor";
            createdAt: string;
            expiresOn: string;
            /** @enum {string} */
            state: "valid" | "revoked" | "keyless";
            /** @default  */
            subject: string;
        };
        /**
         * ParticipantPage
         * @description A page of participants; the last page has no `next_link`.
         * @example {
         *       "value": [
         *         {
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "role": "Attendee"
         *         }
         *       ]
         *     }
         */
        ParticipantPage: {
            value: components["schemas"]["ParticipantModel"][];
            /** @default null */
            nextLink: string | null;
        };
        /**
         * ParticipantModel
         * @description A participant in an answer.
         */
        ParticipantModel: {
            rawId: string;
            /** @enum {string} */
            role: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
        };
        /**
         * PersonBody
         * @description The body of putting a person into a simulated call.
         * @example {
         *       "role": "Presenter",
         *       "displayName": "Dr Ada"
         *     }
         */
        PersonBody: {
            /** @default null */
            rawId: string | null;
            /** @default null */
            role: string | null;
            /** @default  */
            displayName: string;
        };
        /**
         * PersonList
         * @description The people in a simulated call, in the order of joining.
         * @example {
         *       "value": [
         *         {
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "role": "Presenter",
         *           "displayName": "Dr Ada",
         *           "state": "connected",
         *           "isMuted": false
         *         }
         *       ]
         *     }
         */
        PersonList: {
            value: components["schemas"]["PersonModel"][];
        };
        /**
         * PersonModel
         * @description A person in a simulated call; `state` is `connected`, `reconnecting` or `ended`.
         * @example {
         *       "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *       "role": "Presenter",
         *       "displayName": "Dr Ada",
         *       "state": "connected",
         *       "isMuted": false
         *     }
         */
        PersonModel: {
            rawId: string;
            role: string;
            displayName: string;
            state: string;
            isMuted: boolean;
        };
        /**
         * PersonalPage
         * @description Some of the records about a person, maybe none; `next` is absent at the end.
         * @example {
         *       "value": [
         *         {
         *           "kind": "stays",
         *           "fields": {
         *             "roomId": "99475330965778483",
         *             "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *             "displayName": "Dr Ada Okafor",
         *             "joinedAt": "2026-03-14T09:00:00+00:00"
         *           }
         *         }
         *       ]
         *     }
         */
        PersonalPage: {
            value: components["schemas"]["PersonalRecordModel"][];
            next?: string;
        };
        /**
         * PersonalRecordModel
         * @description A record that has something about a person: its kind, and its fields without secrets.
         */
        PersonalRecordModel: {
            /** @enum {string} */
            kind: "users" | "participants" | "invitations" | "waiting" | "callsStarted" | "stays" | "refusals" | "dialOuts" | "audit" | "events";
            fields: Record<string, never>;
        };
        /**
         * PlanBody
         * @description The body of planning a visit: a room, its options, and everyone who is invited.
         *
         *         `bindToFirstBrowser` is for the participants who do not set it themselves.
         * @example {
         *       "title": "Follow-up with Dr Okafor",
         *       "validFrom": "2026-03-14T09:00:00Z",
         *       "validUntil": "2026-03-14T09:30:00Z",
         *       "waitingRoom": "attendees",
         *       "participants": [
         *         {
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "displayName": "Dr Ada Okafor",
         *           "role": "Presenter"
         *         },
         *         {
         *           "displayName": "Bo Lindqvist"
         *         }
         *       ]
         *     }
         */
        PlanBody: {
            participants: components["schemas"]["PlannedPersonBody"][];
            /** @default  */
            title: string;
            /** @default null */
            validFrom: string | null;
            /** @default null */
            validUntil: string | null;
            /** @default null */
            pstnDialOutEnabled: boolean | null;
            /** @default off */
            waitingRoom: components["schemas"]["WaitingRoom"];
            /** @default anyone */
            startsWith: components["schemas"]["StartsWith"];
            /** @default 0 */
            extendBy: number;
            /** @default false */
            bindToFirstBrowser: boolean;
        };
        /**
         * WaitingRoom
         * @description The participants who wait until a Presenter or the operator admits them.
         * @enum {unknown}
         */
        WaitingRoom: "attendees" | "everyone" | "off";
        /**
         * StartsWith
         * @description The participants with whom a call may begin.
         * @enum {unknown}
         */
        StartsWith: "anyone" | "presenter";
        /**
         * PlannedModel
         * @description A planned visit: its room, its options, and everyone's id and link.
         * @example {
         *       "id": "99475330965778483",
         *       "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *       "validFrom": "2026-03-14T09:00:00+00:00",
         *       "validUntil": "2026-03-14T09:30:00+00:00",
         *       "pstnDialOutEnabled": false,
         *       "title": "Follow-up with Dr Okafor",
         *       "waitingRoom": "attendees",
         *       "startsWith": "anyone",
         *       "extendBy": 0,
         *       "participants": [
         *         {
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "role": "Presenter",
         *           "displayName": "Dr Ada Okafor",
         *           "invitation": {
         *             "id": "5f2c1e0b7a9d4e3f",
         *             "url": "https://rooms.example/j#q1W4mX9vTbK2sR7yLc0ZpA"
         *           }
         *         }
         *       ]
         *     }
         */
        PlannedModel: {
            id: string;
            createdAt: string;
            title: string;
            validFrom: string;
            validUntil: string;
            pstnDialOutEnabled: boolean;
            /** @enum {string} */
            waitingRoom: "off" | "attendees" | "everyone";
            /** @enum {string} */
            startsWith: "anyone" | "presenter";
            extendBy: number;
            participants: components["schemas"]["PlannedPersonModel"][];
        };
        /**
         * RefusalPage
         * @description A page of refusals, those that ended first; the last page has no `nextLink`.
         * @example {
         *       "value": [
         *         {
         *           "roomId": "99475330965778483",
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "rule": "insideWindow",
         *           "code": "Forbidden",
         *           "count": 3,
         *           "firstAt": "2026-03-14T08:41:02+00:00",
         *           "lastAt": "2026-03-14T08:52:40+00:00",
         *           "message": "The room is not open yet.",
         *           "title": "Follow-up with Dr Okafor",
         *           "displayName": "Dr Ada Okafor"
         *         }
         *       ]
         *     }
         */
        RefusalPage: {
            value: components["schemas"]["RefusalModel"][];
            nextLink?: string;
        };
        /**
         * RefusalModel
         * @description Somebody who could not join the calls of a room: the rule, in words and as `GET .../why` names it, and how often.
         *
         *         `message` is what they were told the last time. `title` is the room's and `displayName` the name that the organiser
         *         gave them, as long as these are kept.
         */
        RefusalModel: {
            roomId: string;
            rawId: string;
            rule: string;
            code: string;
            count: number;
            firstAt: string;
            lastAt: string;
            message?: string;
            title?: string;
            displayName?: string;
        };
        /**
         * RemoveBody
         * @description The body of removing a participant; with `keepOut` they may not come in again in this call.
         * @example {
         *       "keepOut": true
         *     }
         */
        RemoveBody: {
            /** @default false */
            keepOut: boolean;
        };
        /**
         * RequestPage
         * @description Recorded requests; `newest` is the number of the newest one, to go on from with `after`.
         * @example {
         *       "value": [
         *         {
         *           "number": 1,
         *           "time": "2026-03-14T09:00:00.1234567+00:00",
         *           "operation": "create_room",
         *           "method": "POST",
         *           "target": "/rooms?api-version=2025-03-13",
         *           "headers": {
         *             "x-ms-date": "Sat, 14 Mar 2026 09:00:00 GMT",
         *             "authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=..."
         *           },
         *           "body": "{}",
         *           "status": 201,
         *           "answerHeaders": {
         *             "content-type": "application/json; charset=utf-8"
         *           },
         *           "answerBody": "{\"id\":\"99475330965778483\",...}",
         *           "milliseconds": 1.2,
         *           "caller": "key:2f6c1a5e90b3d7c4",
         *           "refusal": null,
         *           "stringToSign": null,
         *           "fault": null
         *         }
         *       ],
         *       "newest": 1
         *     }
         */
        RequestPage: {
            value: components["schemas"]["RequestModel"][];
            newest: number;
        };
        /**
         * RequestModel
         * @description A recorded request with its answer; `...` stands for each secret, and bodies are cut after 16 KiB.
         *
         *         `time` is the machine's time. `refusal` is the reason of a refusal, and `string_to_sign` what a client with a wrong
         *         signature should have signed.
         */
        RequestModel: {
            number: number;
            time: string;
            operation: string;
            method: string;
            target: string;
            headers: {
                [key: string]: string;
            };
            body: string;
            status: number;
            answerHeaders: {
                [key: string]: string;
            };
            answerBody: string;
            milliseconds: number;
            caller: string;
            refusal: string | null;
            stringToSign: string | null;
            fault: string | null;
        };
        /**
         * ResendBody
         * @description The body of delivering an event again: the id of the only subscription, if not all that get it are meant.
         * @example {
         *       "subscription": "5b0d9a3c7e1f4826"
         *     }
         */
        ResendBody: {
            subscription?: string;
        };
        /**
         * ResentModel
         * @description The ids of the subscriptions to which an event is delivered again.
         * @example {
         *       "subscriptions": [
         *         "5b0d9a3c7e1f4826"
         *       ]
         *     }
         */
        ResentModel: {
            subscriptions: string[];
        };
        /**
         * RevealedKeyModel
         * @description An access key, and the connection string that has it.
         * @example {
         *       "name": "secondary",
         *       "id": "5d3e8b7a01c94f26",
         *       "key": "c2Vjb25kYXJ5...",
         *       "connectionString": "endpoint=https://rooms.example/;accesskey=c2Vjb25kYXJ5..."
         *     }
         */
        RevealedKeyModel: {
            /** @enum {string} */
            name: "primary" | "secondary";
            id: string;
            key: string;
            connectionString: string;
        };
        /**
         * RoomAdoptionBody
         * @description The body of adopting a room, and a line of the files that `openrooms copy` writes.
         * @example {
         *       "id": "99475330965778483",
         *       "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *       "validFrom": "2026-03-14T09:00:00+00:00",
         *       "validUntil": "2026-03-14T09:30:00+00:00",
         *       "pstnDialOutEnabled": false,
         *       "title": "Follow-up with Dr Okafor",
         *       "participants": [
         *         {
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "role": "Presenter",
         *           "displayName": "Dr Ada Okafor"
         *         }
         *       ]
         *     }
         */
        RoomAdoptionBody: {
            id: string;
            createdAt: string;
            validFrom: string;
            validUntil: string;
            /** @default false */
            pstnDialOutEnabled: boolean;
            /** @default  */
            title: string;
            /** @default off */
            waitingRoom: components["schemas"]["WaitingRoom"];
            /** @default anyone */
            startsWith: components["schemas"]["StartsWith"];
            /** @default 0 */
            extendBy: number;
            /** @default [] */
            participants: components["schemas"]["AdoptedPersonBody"][];
        };
        /**
         * AdoptedPersonBody
         * @description A participant of a room to adopt; the role is `Attendee` by default.
         */
        AdoptedPersonBody: {
            rawId: string;
            /** @default null */
            role: ("Presenter" | "Attendee" | "Consumer" | "Collaborator") | null;
            /** @default  */
            displayName: string;
        };
        /**
         * RoomBody
         * @description The body of create and update; a null field counts as absent.
         * @example {
         *       "validFrom": "2026-03-14T09:00:00Z",
         *       "validUntil": "2026-03-14T09:30:00Z",
         *       "participants": {
         *         "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be": {
         *           "role": "Presenter"
         *         }
         *       }
         *     }
         */
        RoomBody: {
            /** @default null */
            validFrom: string | null;
            /** @default null */
            validUntil: string | null;
            /** @default null */
            pstnDialOutEnabled: boolean | null;
            /** @default null */
            participants: {
                [key: string]: components["schemas"]["ParticipantBody"] | null;
            } | null;
        };
        /**
         * ParticipantBody
         * @description The value of a raw id in `participants`; null instead removes the participant.
         */
        ParticipantBody: {
            /** @default null */
            role: ("Presenter" | "Attendee" | "Consumer" | "Collaborator") | null;
        };
        /**
         * RoomModel
         * @description A room in an answer; 2023-06-14 has no `pstnDialOutEnabled`.
         * @example {
         *       "id": "99475330965778483",
         *       "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *       "validFrom": "2026-03-14T09:00:00+00:00",
         *       "validUntil": "2026-03-14T09:30:00+00:00",
         *       "pstnDialOutEnabled": false
         *     }
         */
        RoomModel: {
            id: string;
            createdAt: string;
            validFrom: string;
            validUntil: string;
            /** @default false */
            pstnDialOutEnabled: boolean;
        };
        /**
         * RoomPage
         * @description A page of rooms; the last page has no `next_link`.
         * @example {
         *       "value": [
         *         {
         *           "id": "99475330965778483",
         *           "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *           "validFrom": "2026-03-14T09:00:00+00:00",
         *           "validUntil": "2026-03-14T09:30:00+00:00",
         *           "pstnDialOutEnabled": false
         *         }
         *       ]
         *     }
         */
        RoomPage: {
            value: components["schemas"]["RoomModel"][];
            /** @default null */
            nextLink: string | null;
        };
        /**
         * RosterBody
         * @description The body of a change of participants.
         * @example {
         *       "participants": {
         *         "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be": {
         *           "role": "Attendee"
         *         }
         *       }
         *     }
         */
        RosterBody: {
            /** @default null */
            participants: {
                [key: string]: components["schemas"]["ParticipantBody"] | null;
            } | null;
        };
        /**
         * SessionModel
         * @description A session and its holder, whose name in the audit trail is `subject`.
         *
         *         `resource` is the one that requests without the header `openrooms-resource` are about. The session ends at
         *         `idleEndsAt` unless it is used, and at `endsAt` in any case. `isDevelopment` is whether the service is one for
         *         development, and `hasCalls` whether rooms have calls.
         * @example {
         *       "id": "9f86d081884c7d65",
         *       "subject": "openid:https://login.example#248289761001",
         *       "displayName": "Ada Okafor",
         *       "resource": "1baa2c90-9c2f-4958-8834-d0197bd38767",
         *       "resources": [
         *         {
         *           "id": "1baa2c90-9c2f-4958-8834-d0197bd38767",
         *           "host": "",
         *           "role": "contributor"
         *         }
         *       ],
         *       "idleEndsAt": "2026-03-14T10:00:00+00:00",
         *       "endsAt": "2026-03-14T20:00:00+00:00",
         *       "isDevelopment": false,
         *       "hasCalls": true
         *     }
         */
        SessionModel: {
            id: string;
            subject: string;
            displayName: string;
            resource: string;
            resources: components["schemas"]["SessionResourceModel"][];
            idleEndsAt: string;
            endsAt: string;
            isDevelopment: boolean;
            hasCalls: boolean;
        };
        /**
         * SessionResourceModel
         * @description A resource of a session, and the role in it; `host` is empty for the resource that answers to any.
         */
        SessionResourceModel: {
            id: string;
            host: string;
            /** @enum {string} */
            role: "reader" | "contributor";
        };
        /**
         * SettingList
         * @description The settings in effect.
         * @example {
         *       "value": [
         *         {
         *           "name": "--retention-days",
         *           "value": "30"
         *         },
         *         {
         *           "name": "--access-key",
         *           "value": "not set"
         *         }
         *       ]
         *     }
         */
        SettingList: {
            value: components["schemas"]["SettingModel"][];
        };
        /**
         * SettingModel
         * @description A setting in effect, by its flag; a secret is only `set` or `not set`.
         */
        SettingModel: {
            name: string;
            value: string;
        };
        /**
         * SignInBody
         * @description The proof with which somebody signs in: the secret of a one-time link, or an issuer's answer.
         *
         *         An issuer's answer has a `code`, a `state` and, from some issuers, an `iss`. A browser on the machine of a
         *         development service needs no proof.
         * @example {
         *       "secret": "kC1mYb0sV4xQ2tR7nLwZpA9uE6dH3gJ5fK8iO0qW1X"
         *     }
         */
        SignInBody: {
            /** @default  */
            secret: string;
            /** @default  */
            code: string;
            /** @default  */
            state: string;
            /** @default  */
            iss: string;
        };
        /**
         * StateModel
         * @description What a service keeps of a resource, except its keys and its history.
         * @example {
         *       "rooms": [
         *         {
         *           "id": "99475330965778483",
         *           "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *           "validFrom": "2026-03-14T09:00:00+00:00",
         *           "validUntil": "2026-03-14T09:30:00+00:00",
         *           "pstnDialOutEnabled": false,
         *           "participants": {
         *             "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be": "Presenter"
         *           },
         *           "displayNames": {
         *             "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be": "Dr Ada"
         *           },
         *           "title": "Check-up",
         *           "waitingRoom": "attendees",
         *           "startsWith": "anyone",
         *           "extendBy": 15,
         *           "extended": 5,
         *           "moves": 2
         *         }
         *       ],
         *       "users": [
         *         {
         *           "id": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "createdAt": "2026-03-13T16:19:58+00:00",
         *           "customId": "ada"
         *         }
         *       ],
         *       "teamsAssignments": [],
         *       "subscriptions": [
         *         {
         *           "id": "9d2f6c0b7a814e3f",
         *           "createdAt": "2026-03-13T16:20:00+00:00",
         *           "url": "http://127.0.0.1:9000/hooks/rooms",
         *           "secret": "whsec_...",
         *           "types": [
         *             "Microsoft.Communication.CallEnded"
         *           ]
         *         }
         *       ]
         *     }
         */
        StateModel: {
            /** @default [] */
            rooms: components["schemas"]["StateRoom"][];
            /** @default [] */
            users: components["schemas"]["StateUser"][];
            /** @default [] */
            teamsAssignments: components["schemas"]["StateAssignment"][];
            /** @default [] */
            invitations: components["schemas"]["StateInvitation"][];
            /** @default [] */
            subscriptions: components["schemas"]["StateSubscription"][];
        };
        /**
         * StateRoom
         * @description A room of an exported state, with the role of each participant, and the names that the organiser gave.
         *
         *         `moves` counts how often the window or the title changed.
         */
        StateRoom: {
            id: string;
            createdAt: string;
            validFrom: string;
            validUntil: string;
            /** @default false */
            pstnDialOutEnabled: boolean;
            /** @default {} */
            participants: {
                [key: string]: string | null;
            };
            /** @default {} */
            displayNames: {
                [key: string]: string;
            };
            /** @default  */
            title: string;
            /** @default off */
            waitingRoom: components["schemas"]["WaitingRoom"];
            /** @default anyone */
            startsWith: components["schemas"]["StartsWith"];
            /** @default 0 */
            extendBy: number;
            /** @default 0 */
            extended: number;
            /** @default 0 */
            moves: number;
        };
        /**
         * StateUser
         * @description A user of an exported state.
         */
        StateUser: {
            id: string;
            createdAt: string;
            /** @default 0 */
            revocations: number;
            /** @default null */
            deletedAt: string | null;
            /** @default null */
            customId: string | null;
            /** @default null */
            lastTokenIssuedAt: string | null;
        };
        /**
         * StateAssignment
         * @description An assignment of Teams extension of an exported state.
         */
        StateAssignment: {
            tenantId: string;
            objectId: string;
            principalType: string;
            /** @default null */
            clientIds: string[] | null;
        };
        /**
         * StateInvitation
         * @description An invitation of an exported state: its link works again after an import. The hashes are hexadecimal.
         */
        StateInvitation: {
            id: string;
            roomId: string;
            rawId: string;
            secretHash: string;
            revocations: number;
            createdAt: string;
            /** @default false */
            isRevoked: boolean;
            /** @default false */
            bindToFirstBrowser: boolean;
            /** @default null */
            browserHash: string | null;
            /** @default null */
            boundAt: string | null;
            /** @default null */
            lastUsedAt: string | null;
        };
        /**
         * StateSubscription
         * @description A subscription of an exported state, with the secret that signs its events; it goes on with new events.
         */
        StateSubscription: {
            id: string;
            createdAt: string;
            url: string;
            secret: string;
            /** @default [] */
            types: string[];
            /** @default null */
            room: string | null;
            /** @default none */
            validation: components["schemas"]["Validation"];
            /** @default true */
            isEnabled: boolean;
        };
        /**
         * Validation
         * @description How an endpoint shows that it wants the events, before it gets any.
         * @enum {unknown}
         */
        Validation: "cloudEvents" | "eventGrid" | "none";
        /**
         * StatusModel
         * @description The status of the process that answers, and how often callers of the resource reached each limit there.
         * @example {
         *       "version": "0.9.0",
         *       "database": {
         *         "status": "ok",
         *         "seconds": 0.002
         *       },
         *       "calls": {
         *         "status": "ok"
         *       },
         *       "limits": [
         *         {
         *           "name": "operator",
         *           "rate": "1000:10000",
         *           "refused": 3
         *         }
         *       ]
         *     }
         */
        StatusModel: {
            version: string;
            database: components["schemas"]["PartModel"];
            calls: components["schemas"]["PartModel"];
            limits: components["schemas"]["LimitModel"][];
        };
        /**
         * PartModel
         * @description The state of a part: `ok`, `failing` or `off`, with the seconds that its check took, or the reason.
         */
        PartModel: {
            status: string;
            /** @default null */
            seconds: number | null;
            /** @default null */
            reason: string | null;
        };
        /**
         * LimitModel
         * @description A limit of requests, as `--NAME-rate` takes it, and how many it refused since the process began.
         */
        LimitModel: {
            name: string;
            rate: string;
            refused: number;
        };
        /**
         * StayPage
         * @description A page of stays, those that began first; the last page has no `nextLink`.
         * @example {
         *       "value": [
         *         {
         *           "roomId": "99475330965778483",
         *           "callId": "OTk0NzUzMzA5NjU3Nzg0ODMvUk1fYUI0Y0Q5ZUYx",
         *           "participantId": "0c1f5a0e-8d3b-5c55-9d0a-3f3c1b2a7e64",
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "displayName": "Dr Ada Okafor",
         *           "joinedAt": "2026-03-14T09:00:07+00:00",
         *           "role": "Presenter",
         *           "leftAt": "2026-03-14T09:26:37+00:00",
         *           "seconds": 1590,
         *           "ending": "left",
         *           "device": "phone",
         *           "title": "Follow-up with Dr Okafor"
         *         }
         *       ]
         *     }
         */
        StayPage: {
            value: components["schemas"]["StayModel"][];
            nextLink?: string;
        };
        /**
         * StayModel
         * @description One connection of somebody to a call; `leftAt`, `seconds` and `ending` are absent while it lasts.
         *
         *         `callId` and `participantId` are the `serverCallId` and the `participantId` of events. `seconds` is how long it
         *         lasted, `device` the kind of device, if it is known, and `title` the room's, as long as that is kept.
         */
        StayModel: {
            roomId: string;
            callId: string;
            participantId: string;
            rawId: string;
            displayName: string;
            joinedAt: string;
            /** @enum {string} */
            role?: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
            leftAt?: string;
            seconds?: number;
            /** @enum {string} */
            ending?: "left" | "removed" | "callEnded" | "joinedElsewhere" | "connectionLost" | "unknown";
            /** @enum {string} */
            device?: "desktop" | "phone" | "tablet" | "app" | "telephone";
            title?: string;
        };
        /**
         * SubscriptionBody
         * @description The body that makes a subscription.
         *
         *         `types` are the types of events, all if it is left out, and `room` is the only room. `secret` is `whsec_` and the
         *         base64 of 24 to 64 bytes; one is made if it is left out. `validation` is the handshake that the endpoint expects.
         *         Events after the one with the id `after` are delivered; if it is left out, those from now on.
         * @example {
         *       "url": "https://app.example/hooks/rooms",
         *       "types": [
         *         "Microsoft.Communication.CallEnded",
         *         "openrooms.join.refused"
         *       ]
         *     }
         */
        SubscriptionBody: {
            url: string;
            types?: string[];
            room?: string;
            secret?: string;
            /** @default none */
            validation: components["schemas"]["Validation"];
            after?: string;
        };
        /**
         * SubscriptionChangeBody
         * @description The body of a change, as JSON Merge Patch: what is left out stays as it is; null is every type, or every room.
         * @example {
         *       "types": null,
         *       "enabled": true
         *     }
         */
        SubscriptionChangeBody: {
            url?: string;
            types?: string[] | null;
            room?: string | null;
            secret?: string;
            validation?: components["schemas"]["Validation"];
            enabled?: boolean;
        };
        /**
         * SubscriptionList
         * @description All subscriptions of a resource, the oldest first.
         * @example {
         *       "value": [
         *         {
         *           "id": "5b0d9a3c7e1f4826",
         *           "url": "https://app.example/hooks/rooms",
         *           "state": "delivering",
         *           "createdAt": "2026-03-14T09:00:00+00:00",
         *           "validation": "none",
         *           "delivered": 128,
         *           "waiting": 0,
         *           "deadLetters": 0,
         *           "lagSeconds": 0,
         *           "types": [
         *             "Microsoft.Communication.CallEnded",
         *             "openrooms.join.refused"
         *           ],
         *           "deliveredAt": "2026-03-14T09:30:00+00:00"
         *         }
         *       ]
         *     }
         */
        SubscriptionList: {
            value: components["schemas"]["SubscriptionModel"][];
        };
        /**
         * SubscriptionModel
         * @description A subscription and the state of its delivery.
         *
         *         `state` is `away` while the endpoint does not answer. `delivered` counts the deliveries, `waiting` those that are
         *         tried again, and `deadLetters` those that were given up. `lagSeconds` is for how long the next event has been
         *         waiting. `error` is what went wrong last, and `nextAttemptAt` when an endpoint that is away is tried again.
         * @example {
         *       "id": "5b0d9a3c7e1f4826",
         *       "url": "https://app.example/hooks/rooms",
         *       "state": "delivering",
         *       "createdAt": "2026-03-14T09:00:00+00:00",
         *       "validation": "none",
         *       "delivered": 128,
         *       "waiting": 0,
         *       "deadLetters": 0,
         *       "lagSeconds": 0,
         *       "types": [
         *         "Microsoft.Communication.CallEnded",
         *         "openrooms.join.refused"
         *       ],
         *       "deliveredAt": "2026-03-14T09:30:00+00:00"
         *     }
         */
        SubscriptionModel: {
            id: string;
            url: string;
            /** @enum {string} */
            state: "delivering" | "away" | "disabled";
            createdAt: string;
            /** @enum {string} */
            validation: "none" | "cloudEvents" | "eventGrid";
            delivered: number;
            waiting: number;
            deadLetters: number;
            lagSeconds: number;
            /** @default [] */
            types: string[];
            /** @default  */
            room: string;
            /** @default  */
            deliveredAt: string;
            /** @default  */
            error: string;
            /** @default  */
            nextAttemptAt: string;
        };
        /**
         * TeamsAssignmentBody
         * @description The body of keeping an assignment of Teams extension.
         */
        TeamsAssignmentBody: {
            /** @default null */
            principalType: string | null;
            /** @default null */
            clientIds: string[] | null;
        };
        /**
         * TeamsAssignmentModel
         * @description An assignment of Teams extension in an answer.
         */
        TeamsAssignmentModel: {
            objectId: string;
            tenantId: string;
            principalType: string;
            /** @default null */
            clientIds: string[] | null;
        };
        /**
         * TeamsExchangeBody
         * @description The body of exchanging a Teams user's Entra token.
         */
        TeamsExchangeBody: {
            /** @default null */
            token: string | null;
            /** @default null */
            appId: string | null;
            /** @default null */
            userId: string | null;
        };
        /**
         * TokenBody
         * @description The body of issuing a token.
         * @example {
         *       "scopes": [
         *         "voip"
         *       ],
         *       "expiresInMinutes": 60
         *     }
         */
        TokenBody: {
            /** @default null */
            scopes: string[] | null;
            /** @default null */
            expiresInMinutes: number | null;
        };
        /**
         * TokenModel
         * @description A token in an answer.
         * @example {
         *       "token": "eyJhbGciOiJFUzI1NiIs...",
         *       "expiresOn": "2026-03-14T09:00:00+00:00"
         *     }
         */
        TokenModel: {
            token: string;
            expiresOn: string;
        };
        /**
         * TriggerBody
         * @description The body of making a sample event: its type, and the room that it is about.
         * @example {
         *       "type": "Microsoft.Communication.CallStarted"
         *     }
         */
        TriggerBody: {
            type: string;
            /** @default  */
            room: string;
        };
        /**
         * UserBody
         * @description The body of creating a user: scopes also ask for a token, and a custom id returns its user if there is one.
         * @example {
         *       "createTokenWithScopes": [
         *         "voip"
         *       ],
         *       "expiresInMinutes": 60
         *     }
         */
        UserBody: {
            /** @default null */
            customId: string | null;
            /** @default null */
            createTokenWithScopes: string[] | null;
            /** @default null */
            expiresInMinutes: number | null;
        };
        /**
         * UserModel
         * @description A created user, with a token if the request had scopes.
         * @example {
         *       "identity": {
         *         "id": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
         *       },
         *       "accessToken": {
         *         "token": "eyJhbGciOiJFUzI1NiIs...",
         *         "expiresOn": "2026-03-14T09:00:00+00:00"
         *       }
         *     }
         */
        UserModel: {
            identity: components["schemas"]["IdentityModel"];
            /** @default null */
            accessToken: components["schemas"]["TokenModel"] | null;
        };
        /**
         * UserPage
         * @description A page of users; the last page has no `nextLink`.
         * @example {
         *       "value": [
         *         {
         *           "id": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "createdAt": "2026-03-13T16:20:05.7377878+00:00"
         *         }
         *       ]
         *     }
         */
        UserPage: {
            value: components["schemas"]["KnownUserModel"][];
            nextLink?: string;
        };
        /**
         * KnownUserModel
         * @description A user of the resource, even a deleted one.
         */
        KnownUserModel: {
            id: string;
            createdAt: string;
            /** @default  */
            customId: string;
            /** @default  */
            lastTokenIssuedAt: string;
            /** @default  */
            deletedAt: string;
        };
        /**
         * UserRoomPage
         * @description A page of a user's rooms, newest first; the last page has no `nextLink`.
         * @example {
         *       "value": [
         *         {
         *           "id": "99475330965778483",
         *           "title": "Follow-up with Dr Okafor",
         *           "validFrom": "2026-03-14T09:00:00+00:00",
         *           "validUntil": "2026-03-14T09:30:00+00:00",
         *           "role": "Presenter",
         *           "displayName": "Dr Ada Okafor"
         *         }
         *       ]
         *     }
         */
        UserRoomPage: {
            value: components["schemas"]["UserRoomModel"][];
            nextLink?: string;
        };
        /**
         * UserRoomModel
         * @description A room on whose roster a user is.
         */
        UserRoomModel: {
            id: string;
            title: string;
            validFrom: string;
            validUntil: string;
            role: string;
            displayName: string;
        };
        /**
         * VisitBody
         * @description The body of an update, as JSON Merge Patch: null resets an option, and what is left out stays as it is.
         *
         *         `extendBy` are the minutes that Presenters may add to the room in all.
         * @example {
         *       "title": "Follow-up with Dr Okafor",
         *       "waitingRoom": "attendees",
         *       "extendBy": 15,
         *       "participants": {
         *         "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be": {
         *           "displayName": "Dr Ada Okafor"
         *         }
         *       }
         *     }
         */
        VisitBody: {
            title?: string | null;
            waitingRoom?: components["schemas"]["WaitingRoom"] | null;
            startsWith?: components["schemas"]["StartsWith"] | null;
            extendBy?: number | null;
            participants?: {
                [key: string]: components["schemas"]["NameBody"] | null;
            };
        };
        /**
         * NameBody
         * @description The value of a raw id in `participants`: null, or a null name, removes the participant's name.
         */
        NameBody: {
            displayName?: string | null;
        };
        /**
         * VisitEventsModel
         * @description What has changed since the `Last-Event-ID` of the request; `id` is the one to send next time.
         * @example {
         *       "id": "3f9a0c1d-42",
         *       "events": [
         *         {
         *           "type": "gone",
         *           "data": {
         *             "id": "99475330965778483"
         *           }
         *         }
         *       ]
         *     }
         */
        VisitEventsModel: {
            id: string;
            events: components["schemas"]["VisitEventModel"][];
        };
        /**
         * VisitEventModel
         * @description An event of the list of visits: a `room` has changed or is new, or is `gone`, or the list is to be read again.
         */
        VisitEventModel: {
            /** @enum {unknown} */
            type: "gone" | "reload" | "room";
            data: components["schemas"]["VisitEventData"];
        };
        /**
         * VisitEventData
         * @description The data of an event: the `room` as the list has it now, or the `id` of one that is gone.
         */
        VisitEventData: {
            room?: components["schemas"]["VisitSummaryModel"];
            id?: string;
        };
        /**
         * VisitSummaryModel
         * @description A room in a list: its window, options, and the first 10 of its participants.
         *
         *         `state` is that of the window. `participantCount` is at most 1,000, even if there are more. `waitingCount` are the
         *         people who wait for the call, `inCallCount` those who are in it. `lastLeftAt` is when the last person left the call
         *         before, if there was one. `plannedUntil` is the end that was planned, if minutes were added to it from the call.
         */
        VisitSummaryModel: {
            id: string;
            createdAt: string;
            title: string;
            validFrom: string;
            validUntil: string;
            /** @enum {string} */
            state: "upcoming" | "open" | "ended" | "inCall" | "waiting";
            pstnDialOutEnabled: boolean;
            /** @enum {string} */
            waitingRoom: "off" | "attendees" | "everyone";
            /** @enum {string} */
            startsWith: "anyone" | "presenter";
            extendBy: number;
            extended: number;
            participants: components["schemas"]["VisitParticipantModel"][];
            participantCount: number;
            waitingCount: number;
            inCallCount: number;
            lastLeftAt?: string;
            plannedUntil?: string;
        };
        /**
         * VisitParticipantModel
         * @description A participant with the name that the organiser gave them, empty if there is none.
         */
        VisitParticipantModel: {
            rawId: string;
            /** @enum {string} */
            role: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
            displayName: string;
        };
        /**
         * VisitListModel
         * @description A page of rooms in the order of `validFrom`, and the service's time (`now`), by which their states are given.
         *
         *         The last page has no `nextLink`. A page may have few rooms, even none, and a `nextLink`.
         * @example {
         *       "value": [
         *         {
         *           "id": "99475330965778483",
         *           "createdAt": "2026-03-13T16:20:05.7377878+00:00",
         *           "validFrom": "2026-03-14T09:00:00+00:00",
         *           "validUntil": "2026-03-14T09:30:00+00:00",
         *           "pstnDialOutEnabled": false,
         *           "title": "Follow-up with Dr Okafor",
         *           "waitingRoom": "attendees",
         *           "startsWith": "presenter",
         *           "extendBy": 15,
         *           "extended": 0,
         *           "participants": [
         *             {
         *               "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *               "role": "Presenter",
         *               "displayName": "Dr Ada Okafor"
         *             }
         *           ],
         *           "state": "open",
         *           "participantCount": 1,
         *           "waitingCount": 0,
         *           "inCallCount": 1
         *         }
         *       ],
         *       "now": "2026-03-14T09:02:11+00:00"
         *     }
         */
        VisitListModel: {
            value: components["schemas"]["VisitSummaryModel"][];
            now: string;
            nextLink?: string;
        };
        /**
         * VisitModel
         * @description A room's window, its options, and a page of its participants; the last page has no `nextLink`.
         *
         *         `extended` are the minutes that Presenters have added, out of `extendBy`.
         * @example {
         *       "id": "99475330965778483",
         *       "title": "Follow-up with Dr Okafor",
         *       "validFrom": "2026-03-14T09:00:00+00:00",
         *       "validUntil": "2026-03-14T09:30:00+00:00",
         *       "waitingRoom": "attendees",
         *       "startsWith": "presenter",
         *       "extendBy": 15,
         *       "extended": 0,
         *       "participants": [
         *         {
         *           "rawId": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *           "role": "Presenter",
         *           "displayName": "Dr Ada Okafor"
         *         }
         *       ]
         *     }
         */
        VisitModel: {
            id: string;
            title: string;
            validFrom: string;
            validUntil: string;
            /** @enum {string} */
            waitingRoom: "off" | "attendees" | "everyone";
            /** @enum {string} */
            startsWith: "anyone" | "presenter";
            extendBy: number;
            extended: number;
            participants: components["schemas"]["VisitParticipantModel"][];
            nextLink?: string;
        };
        /**
         * WaitingModel
         * @description The result of joining for somebody who has to wait: until a `presenter` is in the call, or for `admission`.
         *
         *         They have no media token. `GET …/me/events` tells when to join again.
         * @example {
         *       "roomId": "99475330965778483",
         *       "identity": "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be",
         *       "role": "Attendee",
         *       "awaits": "admission",
         *       "since": "2026-03-14T09:02:11+00:00",
         *       "validUntil": "2026-03-14T09:30:00+00:00",
         *       "state": "waiting"
         *     }
         */
        WaitingModel: {
            roomId: string;
            identity: string;
            /** @enum {string} */
            role: "Presenter" | "Attendee" | "Consumer" | "Collaborator";
            /** @enum {unknown} */
            awaits: "admission" | "presenter";
            since: string;
            validUntil: string;
            /**
             * @default waiting
             * @enum {unknown}
             */
            state: "waiting";
        };
        /**
         * WayList
         * @description The ways to sign in.
         * @example {
         *       "value": [
         *         {
         *           "kind": "openid",
         *           "id": "0",
         *           "title": "login.example"
         *         },
         *         {
         *           "kind": "link"
         *         }
         *       ]
         *     }
         */
        WayList: {
            value: components["schemas"]["WayModel"][];
        };
        /**
         * WayModel
         * @description A way to sign in: at an issuer (`openid`), by a one-time link, or at once in a development service.
         */
        WayModel: {
            /** @enum {string} */
            kind: "openid" | "link" | "development";
            /** @default  */
            id: string;
            /** @default  */
            title: string;
        };
        /**
         * WhyModel
         * @description Whether an identity may join now, and the outcome of each rule, in order.
         * @example {
         *       "mayJoin": false,
         *       "role": "Attendee",
         *       "rules": [
         *         {
         *           "rule": "onRoster",
         *           "passed": true
         *         },
         *         {
         *           "rule": "insideWindow",
         *           "passed": false,
         *           "message": "The room is not open yet.",
         *           "subCode": 5829
         *         }
         *       ]
         *     }
         */
        WhyModel: {
            mayJoin: boolean;
            role: ("Presenter" | "Attendee" | "Consumer" | "Collaborator") | null;
            rules: components["schemas"]["RuleModel"][];
        };
        /**
         * RuleModel
         * @description The outcome of one rule of joining, with the message and sub-code of a refusal.
         */
        RuleModel: {
            rule: string;
            passed: boolean;
            /** @default null */
            message: string | null;
            /** @default null */
            subCode: number | null;
        };
        /**
         * WindowModel
         * @description A room's window, and the minutes that Presenters may still add (`extendBy`).
         * @example {
         *       "validFrom": "2026-03-14T09:00:00+00:00",
         *       "validUntil": "2026-03-14T09:35:00+00:00",
         *       "extendBy": 10
         *     }
         */
        WindowModel: {
            validFrom: string;
            validUntil: string;
            extendBy: number;
        };
        /**
         * ErrorBody
         * @description The body of every error.
         * @example {
         *       "error": {
         *         "code": "NotFound",
         *         "message": "The server cannot find the requested resource."
         *       }
         *     }
         */
        ErrorBody: {
            error: components["schemas"]["ErrorDetail"];
        };
        /**
         * ErrorDetail
         * @description An error object, also used in `details`; the last five fields explain a refused join or extension.
         */
        ErrorDetail: {
            code: string;
            message: string;
            /** @default null */
            target: string | null;
            /** @default null */
            details: components["schemas"]["ErrorDetail"][] | null;
            /** @default null */
            subCode: number | null;
            /** @default null */
            validFrom: string | null;
            /** @default null */
            validUntil: string | null;
            /** @default null */
            reason: string | null;
            /** @default null */
            mayAskAt: string | null;
        };
    };
    responses: {
        /** @description The request is malformed or breaks a rule; `details` lists each problem. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The signature or the token is missing, wrong, expired or revoked. */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The caller is known and may not do this; `subCode` gives the rule. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description There is no such room, user, participant or event. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The room, its end, the telephone or the browser is not as the request says; see the code. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The room of the invitation was deleted. */
        Gone: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The body is larger than 1 MiB. */
        ContentTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description A limit was reached; `Retry-After` says when to try again. */
        TooManyRequests: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description This installation does not support the operation. */
        NotImplemented: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
        /** @description The database or the media engine does not answer; try again. */
        ServiceUnavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ErrorBody"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AccessKeyList = components['schemas']['AccessKeyList'];
export type AccessKeyModel = components['schemas']['AccessKeyModel'];
export type AddedPeopleBody = components['schemas']['AddedPeopleBody'];
export type PlannedPersonBody = components['schemas']['PlannedPersonBody'];
export type AddedPeopleModel = components['schemas']['AddedPeopleModel'];
export type PlannedPersonModel = components['schemas']['PlannedPersonModel'];
export type LinkModel = components['schemas']['LinkModel'];
export type AdmittedModel = components['schemas']['AdmittedModel'];
export type AdoptedModel = components['schemas']['AdoptedModel'];
export type AdoptedRoomModel = components['schemas']['AdoptedRoomModel'];
export type AdoptionBody = components['schemas']['AdoptionBody'];
export type AdvanceBody = components['schemas']['AdvanceBody'];
export type AuditPage = components['schemas']['AuditPage'];
export type AuditEventModel = components['schemas']['AuditEventModel'];
export type BeginBody = components['schemas']['BeginBody'];
export type BegunModel = components['schemas']['BegunModel'];
export type CallModel = components['schemas']['CallModel'];
export type CallParticipantModel = components['schemas']['CallParticipantModel'];
export type IdentifierModel = components['schemas']['IdentifierModel'];
export type DialOutModel = components['schemas']['DialOutModel'];
export type AtDoorModel = components['schemas']['AtDoorModel'];
export type ClockBody = components['schemas']['ClockBody'];
export type ClockModel = components['schemas']['ClockModel'];
export type ConnectionTestModel = components['schemas']['ConnectionTestModel'];
export type DeadLetterList = components['schemas']['DeadLetterList'];
export type DeadLetterModel = components['schemas']['DeadLetterModel'];
export type DeclineBody = components['schemas']['DeclineBody'];
export type DialOutBody = components['schemas']['DialOutBody'];
export type DigitsBody = components['schemas']['DigitsBody'];
export type ErasureModel = components['schemas']['ErasureModel'];
export type EventEnvelope = components['schemas']['EventEnvelope'];
export type EventList = components['schemas']['EventList'];
export type EventsModel = components['schemas']['EventsModel'];
export type EventModel = components['schemas']['EventModel'];
export type EventData = components['schemas']['EventData'];
export type ExchangeBody = components['schemas']['ExchangeBody'];
export type ExchangedModel = components['schemas']['ExchangedModel'];
export type ExportBody = components['schemas']['ExportBody'];
export type ExtensionBody = components['schemas']['ExtensionBody'];
export type FaultBody = components['schemas']['FaultBody'];
export type Cut = components['schemas']['Cut'];
export type Away = components['schemas']['Away'];
export type AccessKeyName = components['schemas']['AccessKeyName'];
export type FaultList = components['schemas']['FaultList'];
export type FaultModel = components['schemas']['FaultModel'];
export type IdentityModel = components['schemas']['IdentityModel'];
export type InvitationBody = components['schemas']['InvitationBody'];
export type InvitationModel = components['schemas']['InvitationModel'];
export type InvitationPage = components['schemas']['InvitationPage'];
export type IssuedOperatorTokenModel = components['schemas']['IssuedOperatorTokenModel'];
export type IssuedSubscriptionModel = components['schemas']['IssuedSubscriptionModel'];
export type JoinBody = components['schemas']['JoinBody'];
export type JoinedModel = components['schemas']['JoinedModel'];
export type OperatorTokenBody = components['schemas']['OperatorTokenBody'];
export type OperatorTokenList = components['schemas']['OperatorTokenList'];
export type OperatorTokenModel = components['schemas']['OperatorTokenModel'];
export type ParticipantPage = components['schemas']['ParticipantPage'];
export type ParticipantModel = components['schemas']['ParticipantModel'];
export type PersonBody = components['schemas']['PersonBody'];
export type PersonList = components['schemas']['PersonList'];
export type PersonModel = components['schemas']['PersonModel'];
export type PersonalPage = components['schemas']['PersonalPage'];
export type PersonalRecordModel = components['schemas']['PersonalRecordModel'];
export type PlanBody = components['schemas']['PlanBody'];
export type WaitingRoom = components['schemas']['WaitingRoom'];
export type StartsWith = components['schemas']['StartsWith'];
export type PlannedModel = components['schemas']['PlannedModel'];
export type RefusalPage = components['schemas']['RefusalPage'];
export type RefusalModel = components['schemas']['RefusalModel'];
export type RemoveBody = components['schemas']['RemoveBody'];
export type RequestPage = components['schemas']['RequestPage'];
export type RequestModel = components['schemas']['RequestModel'];
export type ResendBody = components['schemas']['ResendBody'];
export type ResentModel = components['schemas']['ResentModel'];
export type RevealedKeyModel = components['schemas']['RevealedKeyModel'];
export type RoomAdoptionBody = components['schemas']['RoomAdoptionBody'];
export type AdoptedPersonBody = components['schemas']['AdoptedPersonBody'];
export type RoomBody = components['schemas']['RoomBody'];
export type ParticipantBody = components['schemas']['ParticipantBody'];
export type RoomModel = components['schemas']['RoomModel'];
export type RoomPage = components['schemas']['RoomPage'];
export type RosterBody = components['schemas']['RosterBody'];
export type SessionModel = components['schemas']['SessionModel'];
export type SessionResourceModel = components['schemas']['SessionResourceModel'];
export type SettingList = components['schemas']['SettingList'];
export type SettingModel = components['schemas']['SettingModel'];
export type SignInBody = components['schemas']['SignInBody'];
export type StateModel = components['schemas']['StateModel'];
export type StateRoom = components['schemas']['StateRoom'];
export type StateUser = components['schemas']['StateUser'];
export type StateAssignment = components['schemas']['StateAssignment'];
export type StateInvitation = components['schemas']['StateInvitation'];
export type StateSubscription = components['schemas']['StateSubscription'];
export type Validation = components['schemas']['Validation'];
export type StatusModel = components['schemas']['StatusModel'];
export type PartModel = components['schemas']['PartModel'];
export type LimitModel = components['schemas']['LimitModel'];
export type StayPage = components['schemas']['StayPage'];
export type StayModel = components['schemas']['StayModel'];
export type SubscriptionBody = components['schemas']['SubscriptionBody'];
export type SubscriptionChangeBody = components['schemas']['SubscriptionChangeBody'];
export type SubscriptionList = components['schemas']['SubscriptionList'];
export type SubscriptionModel = components['schemas']['SubscriptionModel'];
export type TeamsAssignmentBody = components['schemas']['TeamsAssignmentBody'];
export type TeamsAssignmentModel = components['schemas']['TeamsAssignmentModel'];
export type TeamsExchangeBody = components['schemas']['TeamsExchangeBody'];
export type TokenBody = components['schemas']['TokenBody'];
export type TokenModel = components['schemas']['TokenModel'];
export type TriggerBody = components['schemas']['TriggerBody'];
export type UserBody = components['schemas']['UserBody'];
export type UserModel = components['schemas']['UserModel'];
export type UserPage = components['schemas']['UserPage'];
export type KnownUserModel = components['schemas']['KnownUserModel'];
export type UserRoomPage = components['schemas']['UserRoomPage'];
export type UserRoomModel = components['schemas']['UserRoomModel'];
export type VisitBody = components['schemas']['VisitBody'];
export type NameBody = components['schemas']['NameBody'];
export type VisitEventsModel = components['schemas']['VisitEventsModel'];
export type VisitEventModel = components['schemas']['VisitEventModel'];
export type VisitEventData = components['schemas']['VisitEventData'];
export type VisitSummaryModel = components['schemas']['VisitSummaryModel'];
export type VisitParticipantModel = components['schemas']['VisitParticipantModel'];
export type VisitListModel = components['schemas']['VisitListModel'];
export type VisitModel = components['schemas']['VisitModel'];
export type WaitingModel = components['schemas']['WaitingModel'];
export type WayList = components['schemas']['WayList'];
export type WayModel = components['schemas']['WayModel'];
export type WhyModel = components['schemas']['WhyModel'];
export type RuleModel = components['schemas']['RuleModel'];
export type WindowModel = components['schemas']['WindowModel'];
export type ErrorBody = components['schemas']['ErrorBody'];
export type ErrorDetail = components['schemas']['ErrorDetail'];
export type ResponseBadRequest = components['responses']['BadRequest'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseForbidden = components['responses']['Forbidden'];
export type ResponseNotFound = components['responses']['NotFound'];
export type ResponseConflict = components['responses']['Conflict'];
export type ResponseGone = components['responses']['Gone'];
export type ResponseContentTooLarge = components['responses']['ContentTooLarge'];
export type ResponseTooManyRequests = components['responses']['TooManyRequests'];
export type ResponseNotImplemented = components['responses']['NotImplemented'];
export type ResponseServiceUnavailable = components['responses']['ServiceUnavailable'];
export type $defs = Record<string, never>;
export interface operations {
    list_rooms: {
        parameters: {
            query: {
                nextLink?: string;
                /** @example 2025-03-13 */
                "api-version": "2023-06-14" | "2023-10-30-preview" | "2024-04-15" | "2025-03-13";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    create_room: {
        parameters: {
            query: {
                /** @example 2025-03-13 */
                "api-version": "2023-06-14" | "2023-10-30-preview" | "2024-04-15" | "2025-03-13";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RoomBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_room: {
        parameters: {
            query: {
                /** @example 2025-03-13 */
                "api-version": "2023-06-14" | "2023-10-30-preview" | "2024-04-15" | "2025-03-13";
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    delete_room: {
        parameters: {
            query: {
                /** @example 2025-03-13 */
                "api-version": "2023-06-14" | "2023-10-30-preview" | "2024-04-15" | "2025-03-13";
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    update_room: {
        parameters: {
            query: {
                /** @example 2025-03-13 */
                "api-version": "2023-06-14" | "2023-10-30-preview" | "2024-04-15" | "2025-03-13";
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/merge-patch+json": components["schemas"]["RoomBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_participants: {
        parameters: {
            query: {
                nextLink?: string;
                /** @example 2025-03-13 */
                "api-version": "2023-06-14" | "2023-10-30-preview" | "2024-04-15" | "2025-03-13";
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ParticipantPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    add_or_update_participants: {
        parameters: {
            query: {
                /** @example 2025-03-13 */
                "api-version": "2023-06-14" | "2023-10-30-preview" | "2024-04-15" | "2025-03-13";
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/merge-patch+json": components["schemas"]["RosterBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    create_user: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2021-03-07" | "2021-10-31-preview" | "2021-11-01" | "2022-06-01" | "2022-10-01" | "2023-10-01" | "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UserBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_user: {
        parameters: {
            query: {
                /** @example 2025-03-02-preview */
                "api-version": "2025-03-02-preview";
            };
            header?: never;
            path: {
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    delete_user: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2021-03-07" | "2021-10-31-preview" | "2021-11-01" | "2022-06-01" | "2022-10-01" | "2023-10-01" | "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path: {
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_token: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2021-03-07" | "2021-10-31-preview" | "2021-11-01" | "2022-06-01" | "2022-10-01" | "2023-10-01" | "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path: {
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TokenBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    revoke_tokens: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2021-03-07" | "2021-10-31-preview" | "2021-11-01" | "2022-06-01" | "2022-10-01" | "2023-10-01" | "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path: {
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_token_for_teams_user: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2022-06-01" | "2022-10-01" | "2023-10-01" | "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TeamsExchangeBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_teams_assignment: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path: {
                /** @example 72f988bf-86f1-41af-91ab-2d7cd011db47 */
                tenantId: string;
                /** @example 4e1f0a9c-6d8b-4b6e-9c57-2b0d7a1f3c55 */
                objectId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamsAssignmentModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    put_teams_assignment: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path: {
                /** @example 72f988bf-86f1-41af-91ab-2d7cd011db47 */
                tenantId: string;
                /** @example 4e1f0a9c-6d8b-4b6e-9c57-2b0d7a1f3c55 */
                objectId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TeamsAssignmentBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamsAssignmentModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    delete_teams_assignment: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path: {
                /** @example 72f988bf-86f1-41af-91ab-2d7cd011db47 */
                tenantId: string;
                /** @example 4e1f0a9c-6d8b-4b6e-9c57-2b0d7a1f3c55 */
                objectId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    exchange_teams_extension_token: {
        parameters: {
            query: {
                /** @example 2025-06-30 */
                "api-version": "2025-03-02-preview" | "2025-06-30";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    join_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["JoinBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JoinedModel"];
                };
            };
            /** @description The result comes later */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitingModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    follow_room: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsModel"];
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    mute_participant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    unmute_phone: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    send_dtmf: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DigitsBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    admit_participant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    decline_participant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeclineBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    admit_everyone: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdmittedModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    remove_from_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RemoveBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    end_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    test_connection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionTestModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    dial_out: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DialOutBody"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DialOutModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    explain_joining: {
        parameters: {
            query?: {
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId?: string;
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhyModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_visits: {
        parameters: {
            query?: {
                /** @example open */
                state?: string;
                /** @example 2026-03-14T00:00:00+01:00 */
                from?: string;
                /** @example 2026-03-15T00:00:00+01:00 */
                until?: string;
                /** @example okafor */
                q?: string;
                /** @example newestFirst */
                order?: string;
                nextLink?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitListModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    follow_visits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitEventsModel"];
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_visit: {
        parameters: {
            query?: {
                nextLink?: string;
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    update_visit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/merge-patch+json": components["schemas"]["VisitBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    extend_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ExtensionBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WindowModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    create_visit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PlanBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlannedModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    add_people: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AddedPeopleBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedPeopleModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_invitations: {
        parameters: {
            query?: {
                nextLink?: string;
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    create_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["InvitationBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 5f2c1e0b7a9d4e3f */
                invitationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    revoke_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 5f2c1e0b7a9d4e3f */
                invitationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_calendar: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 5f2c1e0b7a9d4e3f */
                invitationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/calendar": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    exchange_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ExchangeBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExchangedModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_events: {
        parameters: {
            query?: {
                /** @example 03e669d3-1b5e-8828-8000-000000000005 */
                after?: string;
                /** @example 03e669d3-1b5e-8828-8000-000000000005 */
                before?: string;
                /** @example openrooms.room.created */
                type?: string;
                /** @example 99475330965778483 */
                room?: string;
                /** @example 100 */
                limit?: string;
                /** @example 1 */
                wait?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventList"];
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 03e669d3-1b5e-8828-8000-000000000005 */
                eventId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventEnvelope"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_subscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    create_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SubscriptionBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedSubscriptionModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 5b0d9a3c7e1f4826 */
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    delete_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 5b0d9a3c7e1f4826 */
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    update_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 5b0d9a3c7e1f4826 */
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/merge-patch+json": components["schemas"]["SubscriptionChangeBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_dead_letters: {
        parameters: {
            query?: {
                nextLink?: string;
            };
            header?: never;
            path: {
                /** @example 5b0d9a3c7e1f4826 */
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    resend_dead_letters: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 5b0d9a3c7e1f4826 */
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    resend_dead_letter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 5b0d9a3c7e1f4826 */
                subscriptionId: string;
                /** @example 03e669d3-1b5e-8828-8000-000000000005 */
                eventId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    resend_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 03e669d3-1b5e-8828-8000-000000000005 */
                eventId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ResendBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResentModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_attendance: {
        parameters: {
            query?: {
                nextLink?: string;
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StayPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_refusals: {
        parameters: {
            query?: {
                nextLink?: string;
            };
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RefusalPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_all_attendance: {
        parameters: {
            query?: {
                /** @example 2026-03-14T00:00:00+01:00 */
                from?: string;
                /** @example 2026-03-15T00:00:00+01:00 */
                until?: string;
                nextLink?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StayPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_all_refusals: {
        parameters: {
            query?: {
                /** @example 2026-03-14T00:00:00+01:00 */
                from?: string;
                /** @example 2026-03-15T00:00:00+01:00 */
                until?: string;
                nextLink?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RefusalPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    adopt_users: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AdoptionBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdoptedModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_ways: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WayList"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    begin_sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["BeginBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BegunModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SignInBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @example okafor */
                q?: string;
                nextLink?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_rooms_of_user: {
        parameters: {
            query?: {
                nextLink?: string;
            };
            header?: never;
            path: {
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserRoomPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    export_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ExportBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonalPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    erase_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureModel"];
                };
            };
            /** @description The result comes later */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_access_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    regenerate_access_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example secondary */
                keyName: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    reveal_access_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example secondary */
                keyName: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevealedKeyModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_operator_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorTokenList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    create_operator_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OperatorTokenBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedOperatorTokenModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    revoke_operator_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 9f86d081884c7d65 */
                tokenId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_audit_events: {
        parameters: {
            query?: {
                /** @example 2026-03-14T00:00:00+01:00 */
                from?: string;
                /** @example 2026-03-15T00:00:00+01:00 */
                until?: string;
                operation?: string;
                outcome?: string;
                /** @example 99475330965778483 */
                room?: string;
                caller?: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                user?: string;
                nextLink?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    adopt_room: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RoomAdoptionBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdoptedRoomModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_readiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_security_txt: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    receive_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    get_clock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClockModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    reset_clock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    set_clock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/merge-patch+json": components["schemas"]["ClockBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClockModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    advance_clock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AdvanceBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClockModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_requests: {
        parameters: {
            query?: {
                /** @example 03e669d3-1b5e-8828-8000-000000000005 */
                after?: string;
                /** @example 03e669d3-1b5e-8828-8000-000000000005 */
                before?: string;
                /** @example 100 */
                limit?: string;
                /** @example 1 */
                wait?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    clear_requests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_faults: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    add_fault: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FaultBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    clear_faults: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    remove_fault: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                faultId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    export_state: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StateModel"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    import_state: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StateModel"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    reset_state: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    trigger_event: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TriggerBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventEnvelope"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    list_people: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    add_person: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PersonBody"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonModel"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    person_leaves: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    person_mutes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    person_unmutes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    person_loses_connection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    person_reconnects: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 99475330965778483 */
                roomId: string;
                /** @example 8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be */
                rawId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            501: components["responses"]["NotImplemented"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
