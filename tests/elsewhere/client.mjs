// Somebody's client, made of what Element Web is made of: matrix-js-sdk with its Rust cryptography.
//
// Runs in the folder that the packages were installed in. Reads one request per line from standard
// input, {"act", ...values}, and answers each with one line, {"answer"} or {"error"}; ends with its
// input. What the library itself has to say goes to standard error.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

for (const level of ["debug", "info", "log", "trace", "warn"]) console[level] = console.error;

const packages = createRequire(pathToFileURL(`${process.cwd()}/`));
const fetched = (name) => import(pathToFileURL(packages.resolve(name)));
const sdk = await fetched("matrix-js-sdk");
const api = await fetched("matrix-js-sdk/lib/crypto-api/index.js");
const { PollResponseEvent } = await fetched(
    "matrix-js-sdk/lib/extensible_events_v1/PollResponseEvent.js",
);

const ISOLATION = {
    all: new api.AllDevicesIsolationMode(false),
    "only signed": new api.OnlySignedDevicesIsolationMode(),
};

let client;
let recoveryKey = null;

const crypto = () => client.getCrypto();

function known(id) {
    const room = client.getRoom(id);
    if (!room) throw new Error("this room is not known");
    return room;
}

function prepared() {
    return new Promise((resolve, reject) => {
        client.on(sdk.ClientEvent.Sync, (state, _before, data) => {
            if (state === sdk.SyncState.Prepared) resolve();
            if (state === sdk.SyncState.Error) reject(data?.error);
        });
    });
}

async function votesOf(poll) {
    const newest = new Map();
    for (const event of (await poll.getResponses()).getRelations()) {
        const before = newest.get(event.getSender());
        if (!before || before.getTs() <= event.getTs()) newest.set(event.getSender(), event);
    }
    return Object.fromEntries(
        [...newest].map(([who, event]) => [who, event.unstableExtensibleEvent.answerIds]),
    );
}

const acts = {
    async enter({ address, user, password }) {
        const session = await sdk.createClient({ baseUrl: address }).loginRequest({
            type: "m.login.password",
            identifier: { type: "m.id.user", user },
            password,
            initial_device_display_name: "Elsewhere",
        });
        client = sdk.createClient({
            baseUrl: address,
            userId: session.user_id,
            deviceId: session.device_id,
            accessToken: session.access_token,
            cryptoCallbacks: {
                getSecretStorageKey: async ({ keys }) =>
                    recoveryKey && [Object.keys(keys)[0], recoveryKey],
            },
        });
        await client.initRustCrypto({ useIndexedDB: false });
        const ready = prepared();
        await client.startClient({ initialSyncLimit: 100 });
        await ready;
        return { user: session.user_id, device: session.device_id, made_of: crypto().getVersion() };
    },

    // Makes the account's identity, as Element does for a new account.
    async crossSign() {
        await crypto().bootstrapCrossSigning({
            authUploadDeviceSigningKeys: async (upload) => await upload(null),
        });
        return await crypto().isCrossSigningReady();
    },

    // Element's "Verify with recovery key", then what it does with the key backup.
    async recover({ key }) {
        recoveryKey = api.decodeRecoveryKey(key);
        await crypto().bootstrapCrossSigning({
            authUploadDeviceSigningKeys: async () => {
                throw new Error("the identity would have been replaced");
            },
        });
        await crypto().loadSessionBackupPrivateKeyFromSecretStorage();
        const backup = await crypto().checkKeyBackupAndEnable();
        const restored = await crypto().restoreKeyBackup();
        return {
            ready: await crypto().isCrossSigningReady(),
            storage_ready: await crypto().isSecretStorageReady(),
            backup: await crypto().getActiveSessionBackupVersion(),
            trusted: backup?.trustInfo ?? null,
            imported: restored.imported,
            total: restored.total,
        };
    },

    // Element's settings: who gets our keys, and whose messages are read.
    async choose({ isolation, only_verified }) {
        crypto().setDeviceIsolationMode(ISOLATION[isolation]);
        crypto().globalBlacklistUnverifiedDevices = only_verified;
    },

    // What is left of a verification once the emoji have been compared.
    async verifyDevice({ user, device }) {
        await crypto().setDeviceVerified(user, device, true);
    },

    async device({ user, device }) {
        await crypto().getUserDeviceInfo([user], true);
        const status = await crypto().getDeviceVerificationStatus(user, device);
        return (
            status && {
                signed_by_owner: status.signedByOwner,
                verified: status.isVerified(),
                crossed: status.crossSigningVerified,
            }
        );
    },

    // The public master key, asked of the server.
    async identity({ user }) {
        const { master_keys } = await client.downloadKeysForUsers([user]);
        return master_keys[user]?.keys ?? null;
    },

    async open({ invite }) {
        const encryption = { algorithm: "m.megolm.v1.aes-sha2" };
        const { room_id } = await client.createRoom({
            invite,
            initial_state: [{ type: "m.room.encryption", state_key: "", content: encryption }],
        });
        return room_id;
    },

    async join({ room }) {
        await client.joinRoom(room);
    },

    async membership({ room, user }) {
        return client.getRoom(room)?.getMember(user)?.membership ?? null;
    },

    async say({ room, body }) {
        const content = { msgtype: "m.text", body, "m.mentions": {} };
        return (await client.sendEvent(room, "m.room.message", content)).event_id;
    },

    // What is shown of an event: its newest text, and the shield beside it.
    async look({ room, event: id }) {
        const event = client.getRoom(room)?.findEventById(id);
        if (!event) return null;
        await client.decryptEventIfNeeded(event);
        const shield = await crypto().getEncryptionInfoForEvent(event);
        return {
            type: event.getType(),
            content: event.getContent(),
            sender: event.getSender(),
            encrypted: event.isEncrypted(),
            failure: event.decryptionFailureReason,
            edited: Boolean(event.replacingEventId()),
            colour: shield && api.EventShieldColour[shield.shieldColour],
            reason: shield && (api.EventShieldReason[shield.shieldReason] ?? null),
        };
    },

    async poll({ room, event }) {
        const poll = known(room).polls.get(event);
        if (!poll) return null;
        const { question, answers, kind } = poll.pollEvent;
        return {
            question: question.text,
            answers: Object.fromEntries(answers.map((one) => [one.id, one.text])),
            disclosed: kind.matches(sdk.M_POLL_KIND_DISCLOSED.name),
            votes: await votesOf(poll),
            ended: poll.isEnded,
        };
    },

    async vote({ room, event, answer }) {
        const response = PollResponseEvent.from([answer], event);
        response.validateAgainst(known(room).polls.get(event).pollEvent);
        if (response.spoiled) throw new Error("this poll has no such answer");
        const { type, content } = response.serialize();
        return (await client.sendEvent(room, type, content)).event_id;
    },
};

async function answerTo(line) {
    try {
        const { act, ...values } = JSON.parse(line);
        return { answer: (await acts[act](values)) ?? null };
    } catch (error) {
        console.error(error);
        return { error: String(error?.message ?? error) };
    }
}

for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answerTo(line))}\n`);
}
client?.stopClient();
process.exit(0);
